import { createCommand, ending, helpEnd, profileOption, type Run } from "../program/create-command.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { createPaint } from "../terminal/paint.ts";
import type { Finding } from "./finding.ts";
import { renderFinding, renderVerdict } from "./render-finding.ts";

const more = `It looks at what it is given, and says what it could not look at:
  MILLRACE_URL, MILLRACE_KEY             the API and its clock; with a key what it opens, mailboxes that need a person
                                         (with an operator's: room, retention)
  RETENTION_SECONDS, RETENTION_SCHEDULES   as the janitor has them, where they are not the defaults
  DATABASE_URL                           Postgres: migrations, rights, policies, clock (as the owner: all of it)
  NATS_URL, NATS_NKEY_SEED_FILE          NATS: streams, consumers, room, clock (the operator's seed; a service's shows its part)
  NATS_USERS_DIR                         what users may do, and whether followers have their consumer, from the folder of \`npm run nats-users\`
  NATS_REPLICAS, NATS_LOG_MIB, CLAIM_SECONDS   as the services have them, where they are not the defaults
  MILLRACE_ENCRYPTION_KEYS               whether they open what is stored
  BLOB_STORE_DIR                         room for attachments, and whether it is the store that the database knows
  BLOB_STORE_S3_BUCKET, BLOB_STORE_S3_…  the same of a bucket: whether it is there with these credentials, and is that store
  GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, GOOGLE_TOKEN_URL   whether the provider knows the client

Format of --json: {"ok":…,"findings":[{"check":…,"status":"ok|warn|fail|skipped","found":…,"todo":…},…]}`;

export const doctorCommand = (run: Run) =>
  createCommand(run, "doctor")
    .summary("looks at servers, rights, streams, clocks and credentials, and says what to do")
    .description(
      "Looks at servers, versions, rights, streams, clocks and credentials, and says what to do. It changes nothing.",
    )
    .option("--json", "one line of JSON, see below", false)
    .addOption(profileOption())
    .addHelpText(
      "after",
      helpEnd(
        "0 when nothing fails (warnings are no failure), 1 when something does, 2 when it cannot look",
        more,
      ),
    )
    .action(
      ending(run, async ({ json, profile }) => {
        const { stdout, env } = run.world;
        const paint = createPaint(stdout, env);
        // The clients of all servers take a second to load: only whoever needs them waits for that.
        const { runChecks } = await import("./run-checks.ts");
        const findings: Finding[] = [];
        for await (const finding of runChecks(env, profile)) {
          findings.push(finding);
          if (!json) stdout.write(renderFinding(finding, paint));
        }
        const isFine = findings.every(({ status }) => status !== "fail");
        stdout.write(
          json ? `${JSON.stringify({ ok: isFine, findings })}\n` : `\n${renderVerdict(findings, paint)}\n`,
        );
        return isFine ? exitCodes.done : exitCodes.unfinished;
      }),
    );
