import "@millrace/client/react/sync-progress.css";
import "./main.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Inbox } from "./inbox.tsx";

const app = document.getElementById("app");
if (app === null) throw new Error("index.html has no #app.");
createRoot(app).render(
  <StrictMode>
    <Inbox />
  </StrictMode>,
);
