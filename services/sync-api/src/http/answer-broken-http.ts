import type { Socket } from "node:net";
import { ApiProblem, problemMediaType } from "./problem.ts";

/** What is not HTTP, or too much of it, never becomes a request: answered on the bare socket. */
export function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === "HPE_HEADER_OVERFLOW"
      ? new ApiProblem("headers_too_large", "Request line and header fields may have 16 KiB at most.")
      : new ApiProblem("bad_request", "What came is not an HTTP request, or it came too slowly.");
  const body = JSON.stringify(problem.document());
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.code}\r\ncontent-type: ${problemMediaType}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
