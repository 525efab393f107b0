import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { Shell } from "./layout/shell.tsx";
import { ConsentEnd } from "./session/consent-end.tsx";
import { AccessProvider, useAccess } from "./session/millrace-context.tsx";
import { signOut, useSession } from "./session/session.ts";
import { SignIn } from "./session/sign-in.tsx";
import { takeConsentOutcome } from "./session/take-consent-outcome.ts";
import { Button } from "./ui/controls.tsx";
import { Missing } from "./ui/missing.tsx";
import { Problem, Skeleton } from "./ui/panels.tsx";
import { toast } from "./ui/toast.tsx";

/** Screens are loaded when they are looked at. */
const Overview = lazy(() => import("./screens/overview/overview.tsx").then((m) => ({ default: m.Overview })));
const SyncList = lazy(() => import("./screens/syncs/sync-list.tsx").then((m) => ({ default: m.SyncList })));
const SyncScreen = lazy(() =>
  import("./screens/sync/sync-screen.tsx").then((m) => ({ default: m.SyncScreen })),
);
const Accounts = lazy(() => import("./screens/accounts/accounts.tsx").then((m) => ({ default: m.Accounts })));
const DeadLetters = lazy(() =>
  import("./screens/dead-letters/dead-letters.tsx").then((m) => ({ default: m.DeadLetters })),
);
const Mail = lazy(() => import("./screens/mail/mail.tsx").then((m) => ({ default: m.Mail })));
const Retention = lazy(() =>
  import("./screens/retention/retention.tsx").then((m) => ({ default: m.Retention })),
);
const Tenants = lazy(() => import("./screens/tenants/tenants.tsx").then((m) => ({ default: m.Tenants })));

/** Who is not in signs in; who is sees the screens that his key opens. */
export function App() {
  const session = useSession();
  const queries = useQueryClient();
  // What one key has shown is not the next one's to see.
  useEffect(() => {
    if (session === null) queries.clear();
  }, [session, queries]);
  const [outcome] = useState(() => (session === null ? takeConsentOutcome() : null));
  if (session === null) return outcome === null ? <SignIn /> : <ConsentEnd outcome={outcome} />;
  return (
    <AccessProvider
      secret={session.secret}
      waiting={<Waiting />}
      failed={(error, retry) => <Failed {...{ error, retry }} />}
    >
      <Shell>
        <Suspense fallback={<Skeleton lines={5} />}>
          <Screens />
        </Suspense>
      </Shell>
    </AccessProvider>
  );
}

function Screens() {
  const { me } = useAccess();
  if (me.kind === "operator") {
    return (
      <Switch>
        <Route path="/" component={Overview} />
        <Route path="/tenants" component={Tenants} />
        <Route path="/retention" component={Retention} />
        <Elsewhere home="/" />
      </Switch>
    );
  }
  if (me.kind === "browser") {
    const home = me.syncId === null ? "/syncs" : `/syncs/${me.syncId}`;
    return (
      <Switch>
        <Route path="/syncs/:id">{({ id }) => <SyncScreen key={id} id={id} />}</Route>
        {me.syncId === null && <Route path="/syncs" component={SyncList} />}
        {me.syncId === null && <Route path="/accounts" component={Accounts} />}
        <Elsewhere home={home} />
      </Switch>
    );
  }
  return (
    <Switch>
      <Route path="/" component={Overview} />
      <Route path="/syncs" component={SyncList} />
      <Route path="/syncs/:id">{({ id }) => <SyncScreen key={id} id={id} />}</Route>
      <Route path="/accounts" component={Accounts} />
      <Route path="/dead-letters" component={DeadLetters} />
      <Route path="/retention" component={Retention} />
      <Route path="/mail" component={Mail} />
      <Route path="/mail/:account/:message?" component={Mail} />
      <Elsewhere home="/" />
    </Switch>
  );
}

const sections: ReadonlySet<string> = new Set([
  "",
  "syncs",
  "accounts",
  "dead-letters",
  "mail",
  "retention",
  "tenants",
]);

/** A screen that the key does not open leads home, and says so: somebody has signed in with another one. Others are none. */
function Elsewhere({ home }: { readonly home: string }) {
  const [path] = useLocation();
  const isClosed = sections.has(path.split("/")[1] ?? "");
  useEffect(() => {
    // Everybody comes in at `/`, also those whose key opens one sync.
    if (isClosed && path !== "/")
      toast(`Your key does not open ${path}. Sign in with a key that does to see it.`);
  }, [isClosed, path]);
  if (isClosed) return <Redirect to={home} replace />;
  return (
    <Missing title="No such page" back={[home, "Go to the dashboard"]}>
      The dashboard has no page <code>{path}</code>. The address may have been mistyped, or cut when it was
      copied.
    </Missing>
  );
}

const Waiting = () => (
  <main className="gate">
    <Skeleton lines={3} />
  </main>
);

function Failed({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  return (
    <main className="gate">
      <Problem error={error} onRetry={retry} />
      <Button look="quiet" onClick={() => signOut()}>
        Sign in with another key
      </Button>
    </main>
  );
}
