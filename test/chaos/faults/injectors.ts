import type { FaultKind } from "../plan/fault-kinds.ts";
import * as gmail from "./gmail-faults.ts";
import type { Injector } from "./injector.ts";
import * as streams from "./jetstream-faults.ts";
import * as link from "./link-faults.ts";
import * as node from "./node-faults.ts";
import { failOverBehind, failOverPostgres } from "./postgres-fail-over.ts";
import * as server from "./server-faults.ts";
import * as service from "./service-faults.ts";

/** How each kind of fault is made to happen. */
export const injectors: Readonly<Record<FaultKind, Injector>> = {
  kill: service.kill,
  "kill-all-copies": service.killAllCopies,
  freeze: service.freeze,
  restart: service.restart,
  "rolling-restart": service.rollingRestart,

  "nats-kill": server.killNats,
  "nats-restart": server.restartNats,
  "nats-disk-full": server.fillNatsDisk,
  "nats-wipe": server.wipeNats,
  "postgres-kill": server.killPostgres,
  "postgres-immediate": server.stopPostgresImmediately,
  "postgres-restore": server.restorePostgres,
  "postgres-disk-full": server.fillPostgresDisk,

  "node-kill": node.killNode,
  "node-freeze": node.freezeNode,
  "node-partition": node.partitionNode,
  "node-wipe": node.wipeNode,
  "node-disk-full": node.fillNodeDisk,
  "nodes-restart": node.restartNodes,
  "postgres-fail-over": failOverPostgres,
  "postgres-fail-over-behind": failOverBehind,

  cut: link.cut,
  stall: link.stall,
  slow: link.slow,
  vanish: link.vanish,

  "delete-consumer": streams.deleteConsumer,
  "delete-stream": streams.deleteStream,
  "purge-work": streams.purgeWork,

  "gmail-429-with-time": gmail.throttleWithTime,
  "gmail-429": gmail.throttle,
  "gmail-403-usage": gmail.exceedUsage,
  "gmail-5xx": gmail.serverError,
  "gmail-400-precondition": gmail.precondition,
  "gmail-reset": gmail.reset,
  "gmail-truncate": gmail.truncate,
  "gmail-short": gmail.endShort,
  "gmail-hang": gmail.hang,
  "gmail-malformed": gmail.malformed,
  "gmail-empty": gmail.empty,
  "gmail-dropped-part": gmail.dropPart,
  "gmail-expired-token": gmail.expireToken,
  "gmail-token-endpoint": gmail.tokenEndpoint,
  "tokens-expire": gmail.expireTokens,
  "consent-revoked": gmail.revokeConsent,
  "bad-message": gmail.plantBadMessages,
  "mass-deletion": gmail.deleteMuch,
};
