import {
  Activity,
  Building2,
  Inbox,
  LogOut,
  type LucideIcon,
  MailWarning,
  Monitor,
  Moon,
  RefreshCw,
  Sun,
  Trash2,
  Users,
  WifiOff,
} from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { useOpenLetters } from "../api/open-letters.ts";
import { useConnection } from "../live/connection.ts";
import { useStream } from "../live/use-stream.ts";
import mark from "../mark.svg";
import { useAccess } from "../session/millrace-context.tsx";
import { signOut } from "../session/session.ts";
import { Button } from "../ui/controls.tsx";
import { Toasts } from "../ui/toast.tsx";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "./theme.ts";

interface Place {
  readonly path: string;
  readonly name: string;
  readonly icon: LucideIcon;
  readonly count?: number | undefined;
}

function usePlaces(): readonly Place[] {
  const { me } = useAccess();
  const letters = useOpenLetters();
  const overview: Place = { path: "/", name: "Overview", icon: Activity };
  const syncs: Place = { path: "/syncs", name: "Syncs", icon: RefreshCw };
  const accounts: Place = { path: "/accounts", name: "Accounts", icon: Users };
  const retention: Place = { path: "/retention", name: "Retention", icon: Trash2 };
  if (me.kind === "operator")
    return [overview, { path: "/tenants", name: "Tenants", icon: Building2 }, retention];
  if (me.kind === "browser") return me.syncId === null ? [syncs, accounts] : [];
  return [
    overview,
    syncs,
    accounts,
    { path: "/dead-letters", name: "Dead letters", icon: MailWarning, count: letters },
    { path: "/mail", name: "Mail", icon: Inbox },
    retention,
  ];
}

/** What stands around every screen: where one can go, who one is, and whether what is shown is live. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { millrace, me, syncs } = useAccess();
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const watched = me.kind === "operator" ? null : (me.syncId ?? "all");
  useStream(
    watched,
    (options) => (me.syncId === null ? millrace.watchSyncs(options) : millrace.watchSync(me.syncId, options)),
    (sync) => syncs.take(sync),
  );
  const section = `/${path.split("/")[1]}`;
  const places = usePlaces();
  const name = places.find((place) => place.path === section)?.name;
  // Who goes elsewhere with the keyboard or a screen reader is told where he is, and stands at its beginning.
  const shown = useRef(section);
  useEffect(() => {
    document.title = name === undefined ? "Millrace" : `${name} · Millrace`;
    if (shown.current !== section) main.current?.focus({ preventScroll: true });
    shown.current = section;
    scrollTo(0, 0);
  }, [name, section]);
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header className="topbar">
        <Brand />
        <span className="push" />
        <ConnectionWord />
        <ThemeSwitch />
        <SignOut />
      </header>
      <aside className="sidebar" aria-label="Navigation">
        <Brand />
        <Navigation places={places} section={section} />
        <div className="sidebar-foot">
          <span className="who">
            <span className="cut" title={me.tenantId ?? undefined}>
              {me.tenantId ?? "Operator"}
            </span>
            <span className="faint">{accessWords(me.kind, me.scopes)}</span>
          </span>
          <div className="row">
            <ConnectionWord />
            <span className="push" />
            <ThemeSwitch />
            <SignOut />
          </div>
        </div>
      </aside>
      <main id="content" className="content" ref={main} tabIndex={-1} style={{ outline: "none" }}>
        <ConnectionNotice />
        {children}
      </main>
      <Toasts />
    </div>
  );
}

function accessWords(kind: string, scopes: readonly string[]): string {
  if (kind === "operator") return "All tenants, no mail";
  if (kind === "browser") return "Watches only";
  return scopes.join(", ");
}

const Brand = () => (
  <Link href="/" className="brand">
    <img src={mark} alt="" />
    Millrace
  </Link>
);

function Navigation({ places, section }: { readonly places: readonly Place[]; readonly section: string }) {
  return (
    <nav aria-label="Screens">
      <ul className="nav">
        {places.map(({ path, name, icon: Icon, count }) => (
          <li key={path}>
            <Link href={path} aria-current={path === section ? "page" : undefined}>
              <Icon size={17} strokeWidth={1.9} aria-hidden />
              <span className="cut">{name}</span>
              {count !== undefined && count > 0 && (
                <span className="count">
                  {count > 99 ? "99+" : count}
                  <span className="only-read"> open</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ConnectionWord() {
  const connection = useConnection();
  return (
    <span className="connection" data-state={connection}>
      {connection === "live" ? "Live" : "Offline"}
    </span>
  );
}

/** What is shown may be old, and says so. */
function ConnectionNotice() {
  const connection = useConnection();
  return (
    <div role="status">
      {connection === "lost" && (
        <p className="lost" style={{ maxWidth: 1240, margin: "0 auto 16px" }}>
          <WifiOff size={16} aria-hidden />
          Connection lost, trying again. What is shown is from before.
        </p>
      )}
    </div>
  );
}

const themes: Record<ThemeChoice, { next: ThemeChoice; name: string; icon: LucideIcon }> = {
  system: { next: "light", name: "as the system", icon: Monitor },
  light: { next: "dark", name: "light", icon: Sun },
  dark: { next: "system", name: "dark", icon: Moon },
};

function ThemeSwitch() {
  const { next, name, icon: Icon } = themes[useThemeChoice()];
  return (
    <Button
      look="quiet"
      aria-label={`Colours: ${name}. Switch to ${themes[next].name}`}
      title={`Colours: ${name}`}
      icon={<Icon size={16} aria-hidden />}
      onClick={() => chooseTheme(next)}
    />
  );
}

const SignOut = () => (
  <Button
    look="quiet"
    aria-label="Sign out"
    title="Sign out"
    icon={<LogOut size={16} aria-hidden />}
    onClick={() => signOut()}
  />
);
