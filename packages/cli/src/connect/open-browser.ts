import { spawn } from "node:child_process";

/** Opens an address in the person's browser, where there is one; who has none has the address on the screen. */
export function openBrowser(url: string): void {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(program, [url], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
