import type { ComposeStack } from "../compose-stack.ts";

/** `docker compose run --rm millrace …`, with the key of the first tenant. */
export async function checkCommandLine(stack: ComposeStack): Promise<string> {
  const asked = ["sync", "demo@millrace.test", "--watch", "--json"];
  const out = await stack.compose(["run", "--rm", "-T", "millrace", ...asked], 180_000);
  const sync = JSON.parse(out.trim().split("\n").at(-1) ?? "") as { status?: string };
  if (sync.status !== "completed") throw new Error(`millrace sync said: ${out.slice(-500)}`);
  const check = await stack.compose(
    ["run", "--rm", "-T", "maintenance", "rebuild", "--check", "--json"],
    180_000,
  );
  if (!check.trim().startsWith("{")) throw new Error(`millrace rebuild --check said: ${check.slice(-500)}`);
  const doctor = await stack.compose(["run", "--rm", "-T", "maintenance", "doctor", "--json"], 180_000);
  const { ok } = JSON.parse(doctor.trim().split("\n").at(-1) ?? "") as { ok?: boolean };
  if (ok !== true) throw new Error(`millrace doctor said: ${doctor.slice(-2_000)}`);
  return "a sync by the command line in a container completed, the views are what the events tell, the doctor finds nothing that fails";
}
