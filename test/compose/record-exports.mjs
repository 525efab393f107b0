// Takes OTLP over HTTP on port 4318 and appends each export of traces, as it came, to a file: its length in four bytes,
// then the export. Runs where there is nothing but Node.
import { appendFile } from "node:fs/promises";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const [file] = process.argv.slice(2);
createServer(async (request, response) => {
  const body = await buffer(request);
  if (request.url === "/v1/traces") {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    await appendFile(file, Buffer.concat([length, body]));
  }
  response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
}).listen(4318, "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
