import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The user that a server runs as, where it must not be the one who started Millrace. */
export interface RunAs {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const candidates = ["postgres", "nobody"];

/**
 * The unprivileged user that Postgres runs as. Postgres refuses to run as root, and its initdb needs a user
 * that the system knows by name.
 *
 * @returns null when this process is not root: then Postgres simply runs as the same user.
 * @throws Error when this process is root and neither of the usual users exists.
 */
export function unprivilegedUser(passwd: () => string = readPasswd): RunAs | null {
  if (process.getuid?.() !== 0) return null;
  const users = parsePasswd(passwd());
  const found = candidates.map((name) => users.find((user) => user.name === name)).find(Boolean);
  if (found) return found;
  throw new Error(
    `Postgres refuses to run as root, and there is no user named ${candidates.join(" or ")} to run it as. ` +
      "Create one (useradd --system postgres), start Millrace as another user, or set DATABASE_URL.",
  );
}

/** Reads the lines of /etc/passwd; lines that are none are skipped. */
export function parsePasswd(text: string): RunAs[] {
  const users: RunAs[] = [];
  for (const line of text.split("\n")) {
    const [name, , uid, gid] = line.split(":");
    if (name && uid && gid && /^\d+$/.test(uid) && /^\d+$/.test(gid)) {
      users.push({ name, uid: Number(uid), gid: Number(gid) });
    }
  }
  return users;
}

/**
 * Whether `user` can enter the folder (null: this process' own user). It asks the system by trying, because
 * mode bits alone do not tell: access lists, mounts and every parent folder have a say.
 */
export function canEnter(folder: string, user: RunAs | null): boolean {
  if (!user) return true;
  const probe = spawnSync("/bin/sh", ["-c", 'cd "$1"', "probe", folder], {
    uid: user.uid,
    gid: user.gid,
    cwd: "/",
    stdio: "ignore",
    timeout: 5_000,
  });
  return probe.status === 0;
}

function readPasswd(): string {
  return readFileSync("/etc/passwd", "utf8");
}
