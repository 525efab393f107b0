import type { FastifyRequest } from "fastify";
import type { z } from "zod";

/** What a control call got wrong: answered as it stands. */
export class ControlError extends Error {
  readonly code = "control.refused";
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

/** The body of a control call. Throws ControlError that names all that is wrong with it. */
export function parseBody<T extends z.ZodType>(schema: T, request: FastifyRequest): z.output<T> {
  const result = schema.safeParse(request.body ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`);
  throw new ControlError(400, problems.join("; "));
}
