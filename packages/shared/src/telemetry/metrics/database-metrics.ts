import { gauge } from "./gauge.ts";
import { histogram, quickSeconds } from "./histogram.ts";

const pool = "the pool, named after the service";

export const statementSeconds = histogram({
  name: "db.client.operation.duration",
  unit: "s",
  description:
    "Statements outside of transactions (the wait for a connection included), and whole transactions",
  from: "all",
  attributes: {
    "db.system.name": ["postgresql"],
    "db.operation.name": "the statement's first word; `TRANSACTION`",
    "error.type": "`none`, the database's SQLSTATE, or the driver's code",
  },
  buckets: quickSeconds,
});

export const connections = gauge({
  name: "db.client.connection.count",
  unit: "{connection}",
  description: "Connections to the database",
  from: "all",
  attributes: { "db.client.connection.pool.name": pool, "db.client.connection.state": "`idle`, `used`" },
});

export const connectionsMax = gauge({
  name: "db.client.connection.max",
  unit: "{connection}",
  description: "How many connections a pool has at most",
  from: "all",
  attributes: { "db.client.connection.pool.name": pool },
});

export const connectionWaiters = gauge({
  name: "db.client.connection.pending_requests",
  unit: "{request}",
  description: "Who waits for a connection: a pool that is exhausted",
  from: "all",
  attributes: { "db.client.connection.pool.name": pool },
});
