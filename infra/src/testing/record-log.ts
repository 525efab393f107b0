import { appendFileSync } from "node:fs";
import { connect } from "@nats-io/transport-node";

/**
 * Adds each fact that is published on a broker to a file, a JSON line each, as test/support/record-history.ts does: facts by
 * themselves, for recordings of events (docs/upgrades.md).
 *
 * @param url of a broker that lets everybody do everything
 */
export async function recordLog(url: string, file: string): Promise<void> {
  const connection = await connect({ servers: url, maxReconnectAttempts: 0 });
  let seq = 0;
  connection.subscribe("evt.>", {
    callback: (_error, { subject, headers, data }) => {
      if (headers?.has("ce-dataschema") !== true) return;
      const all = Object.fromEntries([...headers].map(([name, values]) => [name, values[0] ?? ""]));
      const event = { seq: ++seq, subject, headers: all, body: JSON.parse(new TextDecoder().decode(data)) };
      appendFileSync(file, `${JSON.stringify({ events: [event] })}\n`);
    },
  });
  await connection.flush();
}
