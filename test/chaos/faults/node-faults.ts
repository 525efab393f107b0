import { Random } from "@millrace/gmail-simulator/random";
import type { PlannedFault } from "../plan/plan-faults.ts";
import type { NatsNode } from "../world/nats-node.ts";
import { pause } from "../world/pause.ts";
import type { LinkTrouble, TcpProxy } from "../world/tcp-proxy.ts";
import type { World } from "../world/world.ts";
import type { Injector } from "./injector.ts";
import { serverLocks } from "./server-locks.ts";

const wholeMaxMs = 120_000;
const leaderAskedMax = 20;
const leaderAskedEveryMs = 250;

/**
 * One node at a time is hurt, and only while each of the others has all there is: a cluster bears the loss of one of its
 * three copies, not of two.
 */
function hurtNode(
  hurt: (node: NatsNode, fault: PlannedFault, world: World, signal: AbortSignal) => Promise<void>,
): Injector {
  return (fault, world, signal) =>
    serverLocks.nats.run(async () => {
      const { cluster } = world.nats;
      if (signal.aborted || cluster === null) return false;
      const name = await nodeOf(fault, world);
      if (name === null) return false;
      world.notes.say(`     it is ${name}`);
      const node = cluster.node(name);
      const beganAtMs = Date.now();
      try {
        await hurt(node, fault, world, signal);
      } finally {
        await cluster.ensureRunning();
      }
      return { beganAtMs };
    });
}

/** The node that a role names now: `leader:<stream>`, `follower:<stream>` or `meta`. */
async function nodeOf({ target, seed }: PlannedFault, world: World): Promise<string | null> {
  const [role, stream = ""] = target.split(":").slice(-2);
  const names = world.nats.cluster?.nodes.map(({ name }) => name) ?? [];
  for (let asked = 0; asked < leaderAskedMax; asked++) {
    const leader = target.endsWith("meta")
      ? await world.nats.cluster?.nodes[0]?.metaLeader()
      : await leaderOf(world, stream);
    if (leader) {
      const followers = names.filter((name) => name !== leader);
      return role === "follower" ? new Random(seed).pick(followers) : leader;
    }
    await pause(leaderAskedEveryMs, AbortSignal.timeout(leaderAskedEveryMs * 2));
  }
  return null;
}

async function leaderOf({ jetstream }: World, stream: string): Promise<string | null> {
  const info = await jetstream.jsm.streams.info(stream).catch(() => null);
  return info?.cluster?.leader ?? null;
}

/** Ways of clients to a node; the run's own are never silent. */
function clientWays(world: World, node: NatsNode): TcpProxy[] {
  const at = world.nats.cluster?.nodes.indexOf(node);
  return world.links
    .filter(({ upstream, server }) => upstream === "nats" && server === at)
    .map(({ proxy }) => proxy);
}

/** Troubles ways until the returned function is called; the run's own look goes to another node meanwhile. */
function trouble(node: NatsNode, proxies: readonly TcpProxy[], how: LinkTrouble): () => Promise<void> {
  const undo = [node.ownWay.trouble({ kind: "refused" }), ...proxies.map((proxy) => proxy.trouble(how))];
  return async () => void (await Promise.all(undo.map((release) => release())));
}

/** `kill -9`. */
export const killNode = hurtNode(async (node, { durationMs }, world, signal) => {
  const undo = trouble(node, clientWays(world, node), { kind: "refused" });
  await node.server.kill();
  await pause(durationMs, signal);
  await node.server.ensureRunning();
  await undo();
});

/** Its disk is gone: it comes back with nothing, and the others give it everything. */
export const wipeNode = hurtNode(async (node, { durationMs }, world, signal) => {
  const undo = trouble(node, clientWays(world, node), { kind: "refused" });
  await node.server.wipe();
  await pause(durationMs, signal);
  await node.server.ensureRunning();
  await undo();
});

/** What is left is used up within a second or two. */
const roomLeftMaxBytes = 64 * 1024;

/** Its disk is full: it turns JetStream off, the others go on. It is started again when there is room. */
export const fillNodeDisk: Injector = async (fault, world, signal) =>
  world.disks.nats.unsizedBecause === null && fillSizedDisk(fault, world, signal);

const fillSizedDisk = hurtNode(async ({ server, disk }, { durationMs, intensity }, _world, signal) => {
  await disk.fill(intensity * roomLeftMaxBytes);
  await pause(durationMs, signal);
  await disk.free();
  await server.stop();
  await server.ensureRunning();
});

/** SIGSTOP: its connections stay open, and nothing answers. */
export const freezeNode = hurtNode(async (node, { durationMs }, _world, signal) => {
  const undo = trouble(node, [], { kind: "refused" });
  node.server.freeze();
  await pause(durationMs, signal);
  node.server.thaw();
  await undo();
});

const severed = (intensity: number): LinkTrouble => ({ kind: intensity < 0.5 ? "stalled" : "refused" });

/** The target says what is cut: ways to other nodes (`routes`), ways of clients (`clients`), or both (`all`). */
export const partitionNode = hurtNode(async (node, { target, durationMs, intensity }, world, signal) => {
  const [what] = target.split(":");
  const routes = what === "clients" ? [] : (world.nats.cluster?.routesOf(node.name) ?? []);
  const clients = what === "routes" ? [] : clientWays(world, node);
  const undo = trouble(node, [...routes, ...clients], severed(intensity));
  await pause(durationMs, signal);
  await undo();
});

/** One node after the other, each in order and healthy before the next one goes, as an upgrade does it. */
export const restartNodes: Injector = (fault, world, signal) =>
  serverLocks.nats.run(async () => {
    const { cluster } = world.nats;
    if (signal.aborted || cluster === null) return false;
    const beganAtMs = Date.now();
    for (const { server } of cluster.nodes) {
      if (signal.aborted) break;
      await server.retire();
      await pause(fault.durationMs, signal);
      await server.ensureRunning();
      if (!(await cluster.isWhole(wholeMaxMs)))
        throw new Error("A node that was restarted in order does not catch up, see nats-*.log");
    }
    return { beganAtMs };
  });
