import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { Shell } from "./layout/shell.tsx";
import { AccessProvider, useAccess } from "./session/millrace-context.tsx";
import { signOut, useSession } from "./session/session.ts";
import { SignIn } from "./session/sign-in.tsx";
import { Button } from "./ui/controls.tsx";
import { Problem, Skeleton } from "./ui/panels.tsx";

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
  if (session === null) return <SignIn />;
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
  const [path] = useLocation();
  if (me.kind === "operator") {
    return (
      <Switch>
        <Route path="/" component={Overview} />
        <Route path="/tenants" component={Tenants} />
        <Route path="/retention" component={Retention} />
        <Redirect to="/" />
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
        <Redirect to={home} />
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
      <Redirect to="/" state={{ from: path }} />
    </Switch>
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
