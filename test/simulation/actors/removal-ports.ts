import type { Fact } from "@millrace/shared/events/facts";
import {
  type AccountRef,
  accountSubjectsBesideCourse,
  courseSubject,
  parseAccountRef,
} from "@millrace/shared/events/subjects";
import { saysRemoved } from "@millrace/shared/projection/without-removed";
import type { ReconcilerPorts } from "../../../services/janitor/src/reconcile/reconciler-ports.ts";
import type { RemovalPorts } from "../../../services/janitor/src/removal/removal-ports.ts";
import type { StoredMessage } from "../broker/memory-stream.ts";
import type { SimulatedProcess } from "../engine/simulated-process.ts";
import type { World } from "../world.ts";

/** Longer than any worker here stands still. */
const sweepSeconds = 600;

/** What the janitor removes accounts through; the provider is asked nothing here. */
export function removalPorts(
  { broker }: World,
  process: SimulatedProcess,
  ports: ReconcilerPorts,
): RemovalPorts {
  return {
    ...ports,
    provider: null,
    loadLeaving: async () => null,
    blobs: { delete: async () => false, has: async () => null },
    purgeWork: (ref) =>
      broker.call(process, "purges the queue", () =>
        broker.purge(broker.work, (message) => isOf(ref, message)),
      ),
    purgeLog: (ref) =>
      broker.call(process, "purges the log", () => {
        broker.purge(broker.requests, (message) => isOf(ref, message));
        const beside = accountSubjectsBesideCourse(ref).map((subject) => subject.replace(">", ""));
        const first = [...broker.events.messages.values()].find(
          ({ subject, json }) => subject === courseSubject(ref) && saysRemoved({ fact: json as Fact }),
        );
        broker.purge(broker.events, ({ subject, seq }) => {
          if (beside.some((prefix) => subject.startsWith(prefix))) return true;
          return subject === courseSubject(ref) && first !== undefined && seq < first.seq;
        });
      }),
    random: () => 0,
    blobGraceSeconds: 0,
    sweepSeconds,
  };
}

const isOf = ({ accountId }: AccountRef, { subject }: StoredMessage): boolean =>
  parseAccountRef(subject)?.accountId === accountId;
