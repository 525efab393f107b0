import { Agent, get } from "node:http";
import { peers } from "./peers.ts";

/** The process of a peer that does the work: makes the call that a job asks for. Arguments: the peer's name, its server. */
const [name, url = ""] = process.argv.slice(2);
const peer = peers.find((one) => one.name === name);
if (peer === undefined) throw new Error(`There is no peer "${name}"`);
const agent = new Agent({ keepAlive: true });

await peer.work(
  url,
  (job) =>
    new Promise((resolve, reject) => {
      get(job.url, { agent, headers: { authorization: `Bearer ${job.token}` } }, (answer) => {
        answer.resume();
        answer.once("end", resolve);
      }).once("error", reject);
    }),
);
process.stdout.write(`${JSON.stringify({ event: "peer.ready" })}\n`);
