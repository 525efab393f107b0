import { pause } from "../world/pause.ts";
import { type ServiceCopy, stopGraceMs } from "../world/service-copy.ts";
import type { World } from "../world/world.ts";
import type { Injector } from "./injector.ts";

/** A service that has only just begun may have no ears for a SIGTERM yet; none of its promises holds before that. */
const readyBeforeStopMs = 15_000;

const copyOf = (world: World, name: string): ServiceCopy => {
  const copy = world.copies.get(name);
  if (copy === undefined) throw new Error(`There is no copy ${name}.`);
  return copy;
};

const copiesOf = (world: World, service: string): ServiceCopy[] =>
  [...world.copies.values()].filter((copy) => copy.service === service);

/** `kill -9`, and a new process after a while. */
async function killFor(copy: ServiceCopy, ms: number, signal: AbortSignal): Promise<boolean> {
  return copy.exclusively(async () => {
    if (signal.aborted) return false;
    await copy.kill();
    await pause(ms, signal);
    await copy.start();
    return true;
  });
}

export const kill: Injector = ({ target, durationMs }, world, signal) =>
  killFor(copyOf(world, target), durationMs, signal);

export const killAllCopies: Injector = async ({ target, durationMs }, world, signal) => {
  const killed = await Promise.all(copiesOf(world, target).map((copy) => killFor(copy, durationMs, signal)));
  return killed.some(Boolean);
};

/** SIGSTOP: it keeps its claims, its locks and its connections, and does nothing. */
export const freeze: Injector = ({ target, durationMs }, world, signal) => {
  const copy = copyOf(world, target);
  return copy.exclusively(async () => {
    if (signal.aborted) return false;
    copy.freeze();
    await pause(durationMs, signal);
    copy.thaw();
    return true;
  });
};

async function restartInOrder(
  copy: ServiceCopy,
  ms: number,
  world: World,
  signal: AbortSignal,
): Promise<boolean> {
  return copy.exclusively(async () => {
    if (signal.aborted || !(await copy.isReady(readyBeforeStopMs)) || signal.aborted) return false;
    const { exit, tookMs } = await copy.stop();
    if (exit.code !== 0) {
      const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
      world.notes.fault(
        world.notes.badStops,
        `${copy.name} ended ${how}, ${tookMs} ms after SIGTERM (${stopGraceMs})`,
      );
    }
    await pause(ms, signal);
    await copy.start();
    return true;
  });
}

export const restart: Injector = ({ target, durationMs }, world, signal) =>
  restartInOrder(copyOf(world, target), durationMs, world, signal);

/** One copy after the other, each ready before the next one goes. */
export const rollingRestart: Injector = async ({ target, durationMs }, world, signal) => {
  let happened = false;
  for (const copy of copiesOf(world, target)) {
    happened = (await restartInOrder(copy, durationMs, world, signal)) || happened;
  }
  return happened;
};
