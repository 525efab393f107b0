import "./sign-in.css";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect } from "react";
import mark from "../mark.svg";
import type { ConsentOutcome } from "./consent-outcome.ts";

/** For the owner of a mailbox, who has consented by a link and has no key: what came of it, and what to do. */
export function ConsentEnd({ outcome }: { readonly outcome: ConsentOutcome }) {
  const isConnected = outcome.status === "connected";
  const title = isConnected ? "Your mailbox is connected" : "Your mailbox is not connected";
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <main className="gate">
      <div className="panel sign-in" role="status">
        <img src={mark} alt="" width={40} height={40} />
        <h1 className="row">
          {isConnected ? <CircleCheck size={22} aria-hidden /> : <TriangleAlert size={22} aria-hidden />}
          {title}
        </h1>
        <p className="soft">{isConnected ? "You may close this page." : outcome.words}</p>
      </div>
    </main>
  );
}
