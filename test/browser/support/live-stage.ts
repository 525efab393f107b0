import type { Browser } from "playwright-core";
import type { DemoWorld } from "./demo-world.ts";

/** What the tests of a file share. */
export interface LiveStage {
  readonly world: DemoWorld;
  readonly browser: Browser;
}
