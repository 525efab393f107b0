import type { Browser, BrowserContext, Page } from "playwright-core";

export type Theme = "light" | "dark";

export interface PageOptions {
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
  /** Fingers point at it, as on a phone; otherwise a mouse does. */
  readonly isTouched?: boolean;
}

/** Two upright, and one that is held sideways. */
export const phones = [
  { width: 360, height: 720 },
  { width: 390, height: 720 },
  { width: 844, height: 390, isTouched: true },
] as const satisfies readonly PageOptions[];

export interface DashboardPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What a browser complains about: exceptions, refused by policy, failed to load. An answer with an error is the API's to give. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** A tab of its own, with a profile of its own. */
export async function openPage(
  browser: Browser,
  { theme = "light", width = 1360, height = 860, scale = 1, isTouched = false }: PageOptions = {},
): Promise<DashboardPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    deviceScaleFactor: scale,
    locale: "en-GB",
    hasTouch: isTouched,
    isMobile: isTouched,
    timezoneId: "Europe/Berlin",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text()))
      complaints.push(message.text());
  });
  return { page, context, complaints, close: () => context.close() };
}

/** Signs in as a person does, and waits for the first screen. */
export async function signIn(page: Page, url: string, key: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".nav a").first().waitFor();
}
