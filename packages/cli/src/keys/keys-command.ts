import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { ApiKey, Millrace } from "@millrace/client";
import { isOperatorKey } from "../api/is-operator-key.ts";
import { openMillrace } from "../api/open-millrace.ts";
import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes, UsageError } from "../program/exit-codes.ts";
import { createPaint } from "../terminal/paint.ts";
import { renderKeys } from "./render-keys.ts";

export const keysCommand = (run: Run) => {
  const group = createCommand(run, "keys")
    .summary("lists, makes, replaces and revokes API keys")
    .description(
      "API keys of the tenant of the key that asks; with an operator's key, of the tenant that --tenant names. " +
        "(`millrace encryption-keys rotate` is for the keys that seal credentials.)",
    );
  for (const command of [listCommand(run), createKeyCommand(run), rotateCommand(run), revokeCommand(run)])
    group.addCommand(command as unknown as Command);
  return group;
};

const tenantOption = () => new Option("--tenant <id>", "whose keys; asked with an operator's key");

const listCommand = (run: Run) =>
  createCommand(run, "ls")
    .summary("lists keys")
    .description("Lists keys. What they open a door with is never shown again.")
    .option("--all", "those that were revoked or have ended, too", false)
    .addOption(tenantOption())
    .option("--json", 'one line of JSON: {"items":[…]}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when they are listed, 2 when they cannot be"))
    .action(
      ending(run, async ({ all, tenant, json, profile }) => {
        const millrace = openKeys(run, { profile, tenant });
        const listed = tenant === undefined ? millrace.keys.list() : millrace.tenants.keys(tenant);
        const nowMs = Date.now();
        const items: ApiKey[] = [];
        for await (const key of listed) if (all || isGood(key, nowMs)) items.push(key);
        const { stdout, env } = run.world;
        stdout.write(
          json
            ? `${JSON.stringify({ items })}\n`
            : renderKeys(items, createPaint(stdout, env), nowMs, stdout.columns),
        );
        return exitCodes.done;
      }),
    );

export const isGood = ({ revokedAt, expiresAt }: ApiKey, nowMs: number): boolean =>
  revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > nowMs);

interface Whose {
  readonly profile?: string | undefined;
  readonly tenant?: string | undefined;
}

/** @throws UsageError when an operator does not say whose keys are meant: he has none of his own */
function openKeys({ world }: Run, { profile, tenant }: Whose): Millrace {
  const { millrace, target } = openMillrace(world.env, { profile });
  if (tenant === undefined && isOperatorKey(target.key))
    throw new UsageError(`${target.keyFrom} is an operator's key: name whose keys are meant with --tenant.`);
  return millrace;
}

type Scope = ApiKey["scopes"][number];
const scopes: readonly Scope[] = ["read", "write", "admin"];

function parseScopes(text: string): Scope[] {
  const names = text.split(",").map((name) => name.trim());
  const known = scopes.filter((scope) => names.includes(scope));
  if (known.length !== new Set(names).size)
    throw new InvalidArgumentError(`They are some of ${scopes.join(",")}.`);
  return known;
}

function expiry(text: string): string {
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new InvalidArgumentError("It is a time such as 2027-12-31T00:00:00Z.");
  if (Date.parse(text) <= Date.now()) throw new InvalidArgumentError("It is a time to come.");
  return text;
}

const createKeyCommand = (run: Run) =>
  createCommand(run, "create")
    .summary("makes a key, and prints it")
    .description("Makes a key, and prints it: on standard output the key alone. It is shown this once.")
    .argument("<name>", "what it is for")
    .option("--scopes <list>", "read, write, admin, separated by commas (read,write)", parseScopes)
    .option("--expires <time>", "when it ends, such as 2027-12-31T00:00:00Z (never)", expiry)
    .addOption(tenantOption())
    .option("--json", "the key with all that is known of it, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is made, 2 when it is not"))
    .action(
      ending(run, async (name: string, options) => {
        const millrace = openKeys(run, options);
        const request = {
          name,
          scopes: options.scopes ?? (["read", "write"] satisfies Scope[]),
          expiresAt: options.expires ?? null,
        };
        const { tenant } = options;
        const made = await (tenant === undefined
          ? millrace.keys.create(request)
          : millrace.tenants.createKey(tenant, request));
        return tellKey(run, made, options.json);
      }),
    );

const rotateCommand = (run: Run) =>
  createCommand(run, "rotate")
    .summary("makes the key that follows another, with an overlap")
    .description("Makes the key that follows another, and prints it. The other one holds for a day more.")
    .argument("<key-id>", "an API key's id: key_…")
    .option("--overlap-seconds <n>", "how long the old one still holds (86400); 0: it ends at once", overlap)
    .addOption(tenantOption())
    .option("--json", "the new key with all that is known of it, as one line of JSON", false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is made, 2 when it is not"))
    .action(
      ending(run, async (keyId: string, { overlapSeconds = 86_400, tenant, json, profile }) => {
        const millrace = openKeys(run, { profile, tenant });
        const request = { overlapSeconds };
        const made = await (tenant === undefined
          ? millrace.keys.rotate(keyId, request)
          : millrace.tenants.rotateKey(tenant, keyId, request));
        return tellKey(run, made, json);
      }),
    );

function overlap(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError("It is a whole number of seconds.");
  return Number(text);
}

const revokeCommand = (run: Run) =>
  createCommand(run, "revoke")
    .summary("ends a key, and the browser tokens that were made with it")
    .description(
      "Ends a key at once, with the browser tokens that were made with it and the streams that they opened.",
    )
    .argument("<key-id>", "an API key's id: key_…")
    .addOption(tenantOption())
    .option("--json", 'one line of JSON: {"revoked":…}', false)
    .addOption(profileOption())
    .addHelpText("after", helpEnd("0 when it is revoked, 2 when it is not"))
    .action(
      ending(run, async (keyId: string, { tenant, json, profile }) => {
        const millrace = openKeys(run, { profile, tenant });
        await (tenant === undefined
          ? millrace.keys.revoke(keyId)
          : millrace.tenants.revokeKey(tenant, keyId));
        run.world.stdout.write(json ? `${JSON.stringify({ revoked: keyId })}\n` : `${keyId} is revoked.\n`);
        return exitCodes.done;
      }),
    );

type NewKey = Awaited<ReturnType<Millrace["keys"]["create"]>>;

function tellKey({ world }: Run, made: NewKey, json: boolean): number {
  if (json) world.stdout.write(`${JSON.stringify(made)}\n`);
  else {
    world.stderr.write(`${made.id} may ${made.scopes.join(", ")}. It is shown this once:\n`);
    world.stdout.write(`${made.key}\n`);
  }
  return exitCodes.done;
}
