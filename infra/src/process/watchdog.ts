import { spawn } from "node:child_process";

/**
 * Ends a server and removes its folders when this process disappears, however it disappears: `kill -9` of a
 * test runner must leave nothing listening and nothing on disk. A tiny shell waits for the other end of a pipe
 * to close; it costs one megabyte and needs no cooperation from the process it watches over.
 */
export interface Watchdog {
  /** One more process to end (with the watchdog's signal, then SIGKILL) when this process is gone. */
  guard(pid: number): void;
  /** The process has ended: its pid may be a stranger's from now on. */
  release(pid: number): void;
  /** The server was stopped in order: the watchdog leaves without touching anything. */
  dismiss(): void;
}

const script = `
pids=
while read -r verb argument; do
  case $verb in
    guard) pids="$pids $argument" ;;
    release)
      kept=
      for pid in $pids; do [ "$pid" = "$argument" ] || kept="$kept $pid"; done
      pids=$kept ;;
    dismiss) exit 0 ;;
  esac
done
signal=$1
shift
for pid in $pids; do kill "-$signal" "$pid" 2>/dev/null; done
tries=0
for pid in $pids; do
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null
done
for folder in "$@"; do umount "$folder" 2>/dev/null || umount -l "$folder" 2>/dev/null; done
rm -rf -- "$@"
`;

/**
 * Starts a watchdog. `folders` (absolute paths) are removed after the server is gone; one that a file system is
 * mounted on is unmounted first.
 */
export function startWatchdog(signal: "KILL" | "QUIT" | "TERM", folders: readonly string[]): Watchdog {
  const shell = spawn("/bin/sh", ["-c", script, "millrace-watchdog", signal, ...folders], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
  });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  return {
    guard: (pid) => void shell.stdin.write(`guard ${pid}\n`),
    release: (pid) => void shell.stdin.write(`release ${pid}\n`),
    dismiss: () => void shell.stdin.end("dismiss\n"),
  };
}
