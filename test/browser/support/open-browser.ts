import { findChromium } from "@millrace/infra/testing/find-chromium";
import { type Browser, chromium } from "playwright-core";

/** Null: there is none, and tests that need it are skipped. */
export const chromiumFile = findChromium(process.env);

export const noChromium =
  chromiumFile === null ? " (skipped: no Chromium; apt-get install chromium, or set CHROMIUM_BIN)" : "";

/** A real Chromium, without a window. Root has no sandbox to start it in. */
export function openBrowser(): Promise<Browser> {
  if (chromiumFile === null) throw new Error("There is no Chromium.");
  return chromium.launch({
    executablePath: chromiumFile,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}
