import { createServer, type IncomingMessage } from "node:http";
import { createMillrace, MillraceError } from "@millrace/client";
import react from "@vitejs/plugin-react";
import { createServer as createVite } from "vite";

/** The app's own server: it holds the key. Pages get a token that lets them watch one sync, for ten minutes. */
const {
  VITE_MILLRACE_URL: baseUrl = "http://127.0.0.1:8750",
  MILLRACE_KEY: key,
  PORT = "5173",
} = process.env;
if (key === undefined) throw new Error("Set MILLRACE_KEY to the key that `npm start` prints.");
const millrace = createMillrace({ baseUrl, key });

/** The mailbox of whoever is signed in. Here it is always the demo's; in your app, your own session says which. */
async function findMailbox(_request: IncomingMessage) {
  const { items } = await millrace.accounts.list({ email: "demo@millrace.test" }).page();
  if (items[0] === undefined) throw new Error("The demo mailbox is not connected. Does `npm start` run?");
  return items[0];
}

/** What a person may be told: they have asked for what is not theirs. */
class Refusal extends Error {
  readonly status = 403;
}

const routes: Record<string, (request: IncomingMessage, sync: string) => Promise<unknown>> = {
  /** What the page shows when it is opened: the newest sync, whoever has started it. */
  "GET /api/mailbox": async (request) => {
    const { id, email } = await findMailbox(request);
    const newest = await millrace.syncs.list({ accountId: id }).page({ limit: 1 });
    return { email, syncId: newest.items[0]?.id ?? null };
  },
  "POST /api/sync": async (request) => {
    const { id } = await findMailbox(request);
    return millrace.syncs.start({ accountId: id, mode: "full" });
  },
  "POST /api/token": async (request, syncId) => {
    const [mailbox, sync] = await Promise.all([findMailbox(request), millrace.syncs.get(syncId)]);
    if (sync.accountId !== mailbox.id) throw new Refusal("This is a sync of another mailbox.");
    return millrace.browserTokens.create({ syncId });
  },
};

const server = createServer();
const vite = await createVite({
  root: import.meta.dirname,
  plugins: [react()],
  server: { middlewareMode: true, hmr: { server } },
});
server.on("request", async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const route = routes[`${request.method} ${pathname}`];
  if (route === undefined) return vite.middlewares(request, response);
  response.setHeader("content-type", "application/json");
  try {
    response.end(JSON.stringify(await route(request, searchParams.get("sync") ?? "")));
  } catch (error) {
    console.error(error); // what is wrong is for you; a person reads what it means
    const isTold = error instanceof MillraceError || error instanceof Refusal;
    const status = isTold ? (error.status ?? 503) : 500;
    const words = status < 500 ? (error as Error).message : "Your mailbox cannot be reached at the moment.";
    response.writeHead(status).end(JSON.stringify({ error: words }));
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`Open http://127.0.0.1:${PORT}/`));
