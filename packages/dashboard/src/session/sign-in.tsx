import "./sign-in.css";
import { MillraceError } from "@millrace/client";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import mark from "../mark.svg";
import { Button, Field } from "../ui/controls.tsx";
import { Problem } from "../ui/panels.tsx";
import { clientOf } from "./millrace-context.tsx";
import { farewellOf, signIn } from "./session.ts";

const pattern = /^mr[ob]?_[A-Za-z0-9_-]{16,200}$/;

/** Takes a key, and asks the API whose it is before anything else is shown. */
export function SignIn() {
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<unknown>(farewellOf);
  const [isAsking, setAsking] = useState(false);
  const queries = useQueryClient();

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const given = secret.trim();
    if (!pattern.test(given)) {
      setError(
        "That is no key of Millrace: keys begin with mr_, operators' with mro_, browser tokens with mrb_.",
      );
      return;
    }
    setAsking(true);
    setError(null);
    try {
      queries.setQueryData(["me"], await clientOf(given).me());
      signIn(given);
    } catch (caught) {
      setError(
        caught instanceof MillraceError && caught.status === 401
          ? "Nobody has this key, or it has ended. npm start prints one that holds."
          : caught,
      );
      setAsking(false);
    }
  };

  return (
    <main className="gate">
      <form className="panel sign-in" onSubmit={submit}>
        <img src={mark} alt="" width={40} height={40} />
        <h1>Sign in to Millrace</h1>
        <p className="soft">With an API key, an operator’s key, or a browser token.</p>
        <Field label="Key">
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            placeholder="mr_…"
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
            // biome-ignore lint/a11y/noAutofocus: the page has this one purpose.
            autoFocus
          />
        </Field>
        {error !== null && <Problem error={error} />}
        <Button look="main" type="submit" disabled={isAsking || secret.trim() === ""}>
          {isAsking ? "Signing in …" : "Sign in"}
        </Button>
        <p className="faint small">
          The key stays in this tab and is sent in a header only. Closing the tab forgets it.
        </p>
      </form>
    </main>
  );
}
