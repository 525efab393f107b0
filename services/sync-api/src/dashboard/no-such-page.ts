import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ShowNoSuchPage } from "../http/answer-problems.ts";
import { pageHeaders } from "./page-headers.ts";
import type { DashboardFiles } from "./serve-dashboard.ts";

/** Addresses of programs: whoever opens one in a browser wants to see what a program is told. */
const programs = /^\/(?:v1|dashboard)(?:\/|$)|\.json$/;

/** A person who has mistyped an address is shown the dashboard, which says so and leads back; with the status of what is not there. */
export function noSuchPage({ folder }: Pick<DashboardFiles, "folder">): ShowNoSuchPage {
  const file = join(folder, "index.html");
  const isBuilt = existsSync(file);
  return ({ method, url, headers }, reply) => {
    const [path = ""] = url.split("?");
    const isReading = method === "GET" || method === "HEAD";
    if (!isBuilt || !isReading || programs.test(path) || !headers.accept?.includes("text/html")) return null;
    return readFile(file).then((page) =>
      reply.code(404).headers(pageHeaders).type("text/html; charset=utf-8").send(page),
    );
  };
}
