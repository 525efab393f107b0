import { secretOf } from "./fill-tenant.ts";
import type { FuzzRequest } from "./make-requests.ts";
import type { Answer } from "./send-request.ts";

const insides = /node_modules|\.ts:\d|\bat \/|FST_ERR|SQLSTATE|pg_catalog|ECONNREFUSED/;

/** What must hold of every answer, whatever was asked; gives what does not. */
export function checkAnswer(
  { route, caller, body }: FuzzRequest,
  answer: Answer | null,
  tenantId: string,
): string[] {
  if (answer === null) return ["no answer came in time"];
  const { status, contentType, text } = answer;
  const problems: string[] = [];
  if (status >= 500) problems.push(`it answered ${status}`);
  if (insides.test(text)) problems.push("the answer tells of our insides");
  const isRefusal = status >= 400;
  if (isRefusal && text !== "" && !contentType.startsWith("application/problem+json"))
    problems.push(`the refusal is ${contentType}`);
  if (route.body !== null && body?.mustBeRefused === true && !isRefusal)
    problems.push("a body that cannot be taken was taken");
  const isOpen = !route.path.startsWith("/v1/");
  if (!isOpen && !isRefusal && (caller === "nobody" || caller === "wrong key"))
    problems.push("it was answered without a key");
  if (caller !== "tenant" && text.includes(secretOf(tenantId)))
    problems.push("somebody else read the tenant's secrets");
  return problems;
}
