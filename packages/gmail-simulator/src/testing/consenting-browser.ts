/** What a page answers; redirects are not followed by themselves. */
export interface BrowserAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where the browser is sent; null when it stays. */
  readonly location: URL | null;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** A person's browser for tests: it keeps cookies by host, shows them where their path is, and can be told each step. */
export class ConsentingBrowser {
  private readonly jar = new Map<string, Map<string, Cookie>>();

  get(url: string | URL): Promise<BrowserAnswer> {
    return this.ask(url, {});
  }

  /** Fills in the consent page. */
  submit(url: string | URL, form: Readonly<Record<string, string>>): Promise<BrowserAnswer> {
    return this.ask(url, { method: "POST", body: new URLSearchParams(form) });
  }

  /** Opens a link and allows what is asked for; gives where the provider sends the browser back to, not yet opened. */
  async consent(link: string, email: string, more: Readonly<Record<string, string>> = {}): Promise<URL> {
    const started = await this.get(link);
    if (started.location === null) throw new Error(`The link answered ${started.status}: ${started.text}`);
    return this.allow(started.location, email, more);
  }

  async allow(page: URL, email: string, more: Readonly<Record<string, string>> = {}): Promise<URL> {
    const answered = await this.submit(page, { email, decision: "allow", ...more });
    if (answered.location === null) throw new Error(`The page answered ${answered.status}: ${answered.text}`);
    return answered.location;
  }

  /** The header that the browser would send. */
  cookiesFor(url: string | URL): string {
    const { hostname, pathname } = new URL(url);
    const shown = [...(this.jar.get(hostname) ?? [])].filter(([, { path }]) => pathname.startsWith(path));
    return shown.map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  private async ask(url: string | URL, init: RequestInit): Promise<BrowserAnswer> {
    const cookie = this.cookiesFor(url);
    const headers = cookie === "" ? {} : { cookie };
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) this.keep(new URL(url).hostname, line);
    const location = answer.headers.get("location");
    return {
      status: answer.status,
      headers: answer.headers,
      location: location === null ? null : new URL(location, url),
      text: await answer.text(),
    };
  }

  private keep(hostname: string, line: string): void {
    const [pair = "", ...attributes] = line.split(/; ?/);
    const at = pair.indexOf("=");
    const read = (name: string): string | undefined =>
      attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const cookies = this.jar.get(hostname) ?? new Map<string, Cookie>();
    this.jar.set(hostname, cookies);
    if (read("max-age") === "0") cookies.delete(pair.slice(0, at));
    else cookies.set(pair.slice(0, at), { value: pair.slice(at + 1), path: read("path") ?? "/" });
  }
}
