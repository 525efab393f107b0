import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Where a development stack keeps its data; everything of it is below one folder. */
export interface DataFolder {
  readonly root: string;
  readonly runFile: string;
  readonly nats: string;
  /** Seeds of the broker's users, and the configuration that makes it know them. */
  readonly natsUsers: string;
  readonly postgres: string;
  /** Attachments. */
  readonly blobs: string;
  /** A name for data that must stand outside, unique for this folder and stable. */
  readonly fallbackName: string;
  /** A log of the given name: emptied now, what it was kept beside it as `.1`. */
  freshLog(name: string): string;
  /** Secrets are made once, at the first start, and kept in a file that only its owner can read. */
  secrets(): Secrets;
  /** Keeps another API key of the demo tenant in the place of the one before. */
  keepBootstrapKey(bootstrapKey: string): void;
}

export interface Secrets {
  readonly postgresPassword: string;
  /** `<id>:<base64 of 32 bytes>`: what accounts' credentials are encrypted with. */
  readonly encryptionKeys: string;
  /** The API key of the demo tenant. */
  readonly bootstrapKey: string;
  /** Makes tenants, and keys for them. */
  readonly operatorKey: string;
}

export const checkout = fileURLToPath(new URL("../../../", import.meta.url));

const newOperatorKey = (): string => `mro_${randomBytes(24).toString("base64url")}`;

const secretsSchema = z.object({
  postgresPassword: z.string(),
  encryptionKeys: z.string(),
  bootstrapKey: z.string(),
  /** Folders from before there was one get theirs. */
  operatorKey: z.string().default(newOperatorKey),
});

/** The data folder: MILLRACE_DATA, else .millrace in the checkout. Touches nothing. */
export function locateDataFolder(env: NodeJS.ProcessEnv): DataFolder {
  const root = env.MILLRACE_DATA ? resolve(env.MILLRACE_DATA) : join(checkout, ".millrace");
  const secretsFile = join(root, "secrets.json");
  return {
    root,
    runFile: join(root, "run.json"),
    nats: join(root, "nats"),
    natsUsers: join(root, "nats-users"),
    postgres: join(root, "postgres"),
    blobs: join(root, "blobs"),
    fallbackName: createHash("sha256").update(root).digest("hex").slice(0, 16),
    freshLog: (name) => freshLog(join(root, "logs"), name),
    secrets: () => readOrMakeSecrets(secretsFile),
    keepBootstrapKey: (bootstrapKey) =>
      writeSecrets(secretsFile, { ...readOrMakeSecrets(secretsFile), bootstrapKey }),
  };
}

/** Makes the folder. Postgres' user must be able to pass through it, and nobody else to look around. */
export function prepareDataFolder(data: DataFolder): void {
  const isNew = !existsSync(data.root);
  mkdirSync(data.root, { recursive: true });
  if (isNew || statSync(data.root).uid === process.getuid?.()) chmodSync(data.root, 0o711);
  mkdirSync(join(data.root, "logs"), { recursive: true });
}

function freshLog(folder: string, name: string): string {
  const file = join(folder, `${name}.log`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
  writeFileSync(file, "", { mode: 0o644 });
  return file;
}

function readOrMakeSecrets(file: string): Secrets {
  if (existsSync(file)) {
    const found = readJson(file);
    const parsed = secretsSchema.safeParse(found);
    if (!parsed.success)
      throw new Error(`${file} is damaged. Put it back from a copy, or start over with \`npm run reset\`.`);
    if (!("operatorKey" in (found as object))) writeSecrets(file, parsed.data);
    return parsed.data;
  }
  const secrets: Secrets = {
    postgresPassword: randomBytes(24).toString("hex"),
    encryptionKeys: `k1:${randomBytes(32).toString("base64")}`,
    bootstrapKey: `mr_${randomBytes(24).toString("base64url")}`,
    operatorKey: newOperatorKey(),
  };
  writeSecrets(file, secrets);
  return secrets;
}

function writeSecrets(file: string, secrets: Secrets): void {
  const unfinished = `${file}.next`;
  rmSync(unfinished, { force: true });
  writeFileSync(unfinished, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(unfinished, file);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
