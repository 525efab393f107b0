import { type ServiceName, serviceNames } from "../nats/service-rights.ts";

export type Right = "select" | "insert" | "update" | "delete";

/** Services that look after all tenants at once, each in the tables that say so. */
export type SweepingService = "sync-api" | "janitor";

export interface TableRights {
  /** The column that names the row's tenant; null: its rows belong to none. */
  readonly tenantColumn: string | null;
  readonly rights: Readonly<Partial<Record<ServiceName, readonly Right[]>>>;
  /** Who may see the rows of all tenants in one statement. */
  readonly sweeps: readonly SweepingService[];
  /** A view that shows the rows of the tenants that a statement names, by itself. */
  readonly isView: boolean;
}

const letters: Readonly<Record<string, Right>> = { s: "select", i: "insert", u: "update", d: "delete" };

type Letters = Readonly<Partial<Record<ServiceName, string>>>;

function rightsOf(given: Letters): TableRights["rights"] {
  const entries = Object.entries(given).map(([service, text]) => [
    service,
    [...text].map((letter) => letters[letter]),
  ]);
  return Object.fromEntries(entries);
}

const ofTenants = (
  given: Letters,
  sweeps: readonly SweepingService[] = [],
  tenantColumn = "tenant_id",
): TableRights => ({ tenantColumn, rights: rightsOf(given), sweeps, isView: false });
const ofNobody = (given: Letters): TableRights => ({
  tenantColumn: null,
  rights: rightsOf(given),
  sweeps: [],
  isView: false,
});
const viewOf = (given: Letters): TableRights => ({ ...ofTenants(given), isView: true });

const janitor = ["janitor"] as const;
const both = ["sync-api", "janitor"] as const;

/**
 * The one place that says what each service may do in the database: s(elect), i(nsert), u(pdate), d(elete). To lock a row
 * is to update it. A service may do nothing else, and sees but the rows of the tenants that its statement names; the
 * migrations make the database so (apply-access.ts). sync-api sweeps where it projects, finds out whose a key is, or is
 * asked by an operator; mail it reads a tenant at a time.
 */
export const databaseRights: Readonly<Record<string, TableRights>> = {
  access_tokens: ofTenants({ "sync-api": "siu", chunker: "siu", fetcher: "siu", janitor: "siud" }, janitor),
  account_removal_blobs: ofTenants({ janitor: "sid" }, janitor),
  account_removals: ofTenants({ janitor: "siud" }, janitor),
  account_states: ofTenants({ "sync-api": "siu", chunker: "s", fetcher: "s", janitor: "sd" }, both),
  accounts: ofTenants({ "sync-api": "siu", chunker: "s", fetcher: "s", janitor: "sud" }, both),
  // The release before deletes; a trigger ignores it. Today's janitor calls functions.
  activity_minutes: ofTenants({ "sync-api": "siu", janitor: "sd" }, both),
  api_keys: ofTenants({ "sync-api": "siu" }, ["sync-api"]),
  attachments: ofTenants({ "sync-api": "su", fetcher: "siu", janitor: "sd" }, janitor),
  audit_entries: ofTenants({ "sync-api": "siu", janitor: "sud" }, both),
  // The release before removes those that have ended; today's leaves that to the janitor.
  browser_tokens: ofTenants({ "sync-api": "siud" }, ["sync-api"]),
  checkpoints: ofNobody({ "sync-api": "siu", janitor: "s" }),
  chunks: ofTenants({ "sync-api": "siu", janitor: "sd" }, ["sync-api"]),
  claims: ofTenants({ fetcher: "siu", janitor: "sd" }),
  connect_attempts: ofTenants({ "sync-api": "siu" }),
  connect_links: ofTenants({ "sync-api": "siu", janitor: "sud" }, janitor),
  dead_letter_contents: ofTenants({ "sync-api": "s", fetcher: "siu", janitor: "sud" }, janitor),
  dead_letters: ofTenants({ "sync-api": "siud", chunker: "s", janitor: "sd" }, both),
  encryption_keys: ofNobody({ "sync-api": "si", chunker: "si", fetcher: "si", janitor: "si" }),
  events: ofTenants({ "sync-api": "si", chunker: "s", fetcher: "s", janitor: "sd" }, both),
  installation: ofNobody({ "sync-api": "s", fetcher: "s", janitor: "su" }),
  labels: ofTenants({ "sync-api": "s", chunker: "siud", fetcher: "s", janitor: "sd" }),
  mailbox_baselines: ofTenants({ "sync-api": "s", chunker: "siu", fetcher: "su", janitor: "s" }),
  message_contents: ofTenants({ "sync-api": "s", fetcher: "siu" }),
  message_labels: viewOf({ chunker: "su" }),
  mailboxes: viewOf({ "sync-api": "s", janitor: "s" }),
  messages: ofTenants({ "sync-api": "s", chunker: "s", fetcher: "siu", janitor: "sud" }, janitor),
  removed_labels: ofTenants({ chunker: "siud", fetcher: "siu", janitor: "sud" }, janitor),
  repairs: ofTenants({ "sync-api": "siu", janitor: "siud" }, both),
  retention_run_tenants: ofTenants({ "sync-api": "s", janitor: "siud" }, janitor),
  retention_runs: ofTenants({ "sync-api": "si", janitor: "siud" }, both),
  restorations: ofNobody({ janitor: "si" }),
  schedules: ofTenants({ "sync-api": "siu", janitor: "sud" }, janitor),
  schema_migrations: ofNobody({ "sync-api": "s" }),
  searched_messages: viewOf({ "sync-api": "s" }),
  store_sizes: ofNobody({ "sync-api": "s", janitor: "sid" }),
  sync_requests: ofTenants({ "sync-api": "si", chunker: "si", janitor: "sud" }, both),
  sync_removals: ofTenants({ "sync-api": "s", janitor: "sid" }, both),
  syncs: ofTenants({ "sync-api": "siud", chunker: "s", fetcher: "s", janitor: "sd" }, both),
  tenant_lines: ofTenants({ chunker: "siud", janitor: "siud" }, janitor),
  tenants: ofTenants({ "sync-api": "siu", chunker: "s", fetcher: "s", janitor: "s" }, both, "id"),
  tombstones: ofTenants({ fetcher: "siu", janitor: "sud" }, janitor),
  verification_messages: ofTenants({ "sync-api": "sd", chunker: "siud", janitor: "sd" }, both),
  verification_turns: ofTenants({ "sync-api": "s", janitor: "siud" }, janitor),
  verifications: ofTenants({ "sync-api": "siu", chunker: "siu", janitor: "siud" }, both),
  watches: ofTenants({ "sync-api": "su", janitor: "siud" }, both),
  webhook_deliveries: ofTenants({ "sync-api": "siu", janitor: "sud" }, janitor),
  webhook_endpoints: ofTenants({ "sync-api": "siud", janitor: "s" }, janitor),
};

/** Functions that answer with their owner's eyes, and who may call them. */
export const functionRights: Readonly<Record<string, readonly ServiceName[]>> = {
  "drop_activity_day(integer)": ["janitor"],
  "make_activity_day(integer)": ["janitor"],
  "names_any_blob(text[])": ["sync-api", "fetcher", "janitor"],
  "note_blob_store()": ["sync-api", "fetcher", "janitor"],
  "note_removed(text,text,jsonb)": ["janitor"],
  "remove_activity(integer,text,integer)": ["janitor"],
  "remove_activity_of(text[],integer,integer[],integer)": ["janitor"],
  "remove_ended_keys(timestamp with time zone,integer,text,integer)": ["janitor"],
  "remove_ended_tokens(timestamp with time zone,integer,text,integer)": ["janitor"],
  // The release before calls it.
  "remove_ended_tokens(timestamp with time zone,text,integer)": ["janitor"],
};

/** A service's role. Roles are the whole server's: several databases on one share them. */
export const roleOf = (service: ServiceName): string => `millrace_${service.replace("-", "_")}`;

export const databaseRoles: readonly string[] = serviceNames.map(roleOf);
