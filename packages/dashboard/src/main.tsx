import "@fontsource-variable/inter/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/panels.css";
import "./styles/phone.css";
import "./styles/cards.css";
import "./layout/theme.ts";
import { MillraceError } from "@millrace/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

/** The client has repeated what may be repeated; what the server refuses it refuses again. */
const shouldRetry = (_failures: number, error: unknown): boolean =>
  !(error instanceof MillraceError) || error.code === "unreachable" || error.code === "timeout";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: shouldRetry,
      retryDelay: (failures) => Math.min(1_000 * 2 ** failures, 10_000),
      // A browser's own word on being online says nothing of the server.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
