import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { phones } from "../support/dashboard-page.ts";
import { findViolations } from "../support/find-violations.ts";
import { scrolledSideways } from "../support/scrolled-sideways.ts";
import type { Stage } from "../support/stage.ts";

interface Drawn {
  readonly texts: string[];
}

/** What is drawn on a canvas can be read where it is drawn only. */
const recordTexts = (): void => {
  const record = globalThis as unknown as { drawn: Map<HTMLCanvasElement, Set<string>> };
  record.drawn = new Map();
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    const texts = record.drawn.get(this.canvas) ?? new Set();
    record.drawn.set(this.canvas, texts.add(text));
    draw.call(this, text, ...rest);
  };
};
const drawnOf = (page: Page): Promise<Drawn[]> =>
  page.evaluate(() => {
    const { drawn } = globalThis as unknown as { drawn: Map<HTMLCanvasElement, Set<string>> };
    return [...drawn]
      .filter(([canvas]) => canvas.closest(".time-series") !== null)
      .map(([, texts]) => ({ texts: [...texts] }));
  });

interface Table {
  readonly path: string;
  /** Is in a row of it. */
  readonly row: string;
  /** Of cells, in cards. */
  readonly names: readonly string[];
  readonly isOperators?: boolean;
  /** The button that brings it. */
  readonly opens?: string;
}
const tables: readonly Table[] = [
  { path: "/accounts", row: "elena@initech.example", names: ["State", "Up to date", "Push", "Next look"] },
  { path: "/syncs", row: "carla@initech.example", names: ["Status", "Progress", "Time left", "Requested"] },
  {
    path: "/syncs/:sync",
    row: "live",
    names: ["State", "Messages", "Attempts", "Last fault", "Settled"],
    opens: "Show as a table",
  },
  { path: "/dead-letters", row: "I am a teapot", names: ["Message", "Attempts", "Since", "State"] },
  {
    path: "/retention?empty=shown",
    row: "by schedule",
    names: ["State", "Removed", "Bytes", "When", "Took"],
    isOperators: true,
  },
  { path: "/tenants", row: "demo", names: ["Running", "Waiting", "Dead letters"], isOperators: true },
];

const namesOf = (cells: Element[]): string[] =>
  cells.map((cell) => getComputedStyle(cell, "::before").content.replaceAll('"', ""));
/** How long ago something was is said otherwise a moment later. */
const withoutTime = (text: string): string =>
  text.replaceAll(/just now|(in )?\d+ (s|min|h|d)( \d+ (s|min|h))?( ago)?/g, "…");

/** How the tables of a page are read out, as the browser tells it. */
async function rolesIn(page: Page): Promise<Set<unknown>> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const roles = nodes.map(({ role }) => role?.value);
  return new Set(roles.filter((role) => /^(table|row|cell|columnheader|gridcell)$/i.test(role)));
}

/** Where there is little room. */
export function testPhone(stage: Stage): void {
  const [phone] = phones;

  it("a table that is wider than its place says so until its end is reached, and is scrolled with the keyboard", async () => {
    const { url, operatorKey: key } = stage.world;
    await stage.inside({ key, width: 800 }, async ({ page }) => {
      await page.goto(`${url}/tenants`);
      const table = page.getByRole("region", { name: "Tenants" });
      await page.locator(".table-more").waitFor();
      expect(await findViolations(page)).toEqual([]);
      await table.focus();
      for (let presses = 0; (await page.locator(".table-more").count()) > 0; presses++) {
        expect(presses).toBeLessThan(40);
        await page.keyboard.press("ArrowRight");
        await page.waitForTimeout(60);
      }
      expect(await table.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    });
    await stage.inside({ key }, async ({ page }) => {
      await page.goto(`${url}/tenants`);
      await page.locator("tbody tr").first().waitFor();
      expect(await page.locator(".table-more").count()).toBe(0);
      expect(await page.getByRole("region", { name: "Tenants" }).count()).toBe(0);
    });
  });

  it.each(tables)(
    "$path: rows are cards, which say all that the table says, each with its name, and are not scrolled sideways",
    async ({ path, row, names, isOperators, opens }) => {
      const { world, history } = stage;
      const shown: string[][] = [];
      for (const size of [{}, ...phones]) {
        const key = isOperators ? world.operatorKey : world.key;
        await stage.inside({ key, ...size }, async ({ page }) => {
          await page.goto(`${world.url}${path.replace(":sync", history.partialSync)}`);
          if (opens) await page.getByRole("button", { name: opens }).click();
          const cells = page.locator("table:not(.ledger) tbody tr", { hasText: row }).first().locator("td");
          await cells.first().waitFor();
          shown.push((await cells.filter({ visible: true }).allTextContents()).map(withoutTime));
          if (!("width" in size)) return;
          expect(await findViolations(page)).toEqual([]);
          expect(await scrolledSideways(page)).toEqual([]);
          expect(await page.locator("td").evaluateAll(namesOf)).toEqual(expect.arrayContaining([...names]));
          expect(await rolesIn(page)).toEqual(new Set(["table", "row", "columnheader", "cell"]));
        });
      }
      expect(shown[0]?.length).toBeGreaterThan(names.length);
      expect(shown.slice(1)).toEqual(phones.map(() => shown[0]));
    },
  );

  it("all dead letters are picked on a phone as well, with what says so in sight, and one of them beside its reason", async () => {
    await stage.inside(phone, async ({ page }) => {
      await page.goto(`${stage.world.url}/dead-letters`);
      const all = page.getByLabel("Pick all that are shown");
      await page.getByText("Pick all that are shown").waitFor();
      await all.focus();
      const box = await all.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThan(10);
      await page.keyboard.press("Space");
      const rows = page.locator(".letter-table tbody tr");
      const one = rows.first().getByRole("checkbox");
      for (const row of await rows.all()) expect(await row.getByRole("checkbox").isChecked()).toBe(true);
      await page.keyboard.press("Space");
      expect(await one.isChecked()).toBe(false);
      const [pick, reason] = [
        await one.boundingBox(),
        await rows.first().getByRole("button").first().boundingBox(),
      ];
      expect((pick?.x ?? 999) + (pick?.width ?? 0)).toBeLessThanOrEqual(reason?.x ?? 0);
      expect(Math.abs((pick?.y ?? 999) - (reason?.y ?? 0))).toBeLessThan(16);
    });
  });

  it("the count of dead letters covers no icon, and what a key may is not cut off", async () => {
    await stage.inside(phone, async ({ page }) => {
      const link = page.locator(".nav a", { has: page.locator(".count") });
      const [icon, count] = [
        await link.locator("svg").boundingBox(),
        await link.locator(".count").boundingBox(),
      ];
      if (icon === null || count === null) throw new Error("There is no count.");
      expect(count.x).toBeGreaterThanOrEqual(icon.x + icon.width);
    });
    for (const key of [stage.world.key, stage.world.operatorKey]) {
      await stage.inside({ key }, async ({ page }) => {
        const words = page.locator(".who > span").last();
        const cut = await words.evaluate((element) => element.scrollWidth - element.clientWidth);
        expect([await words.textContent(), cut <= 0]).toEqual([expect.stringMatching(/^(read|All)/), true]);
      });
    }
  });

  it("the axes of charts have three numbers at least, on a phone as well", async () => {
    for (const size of [phone, {}]) {
      await stage.inside(size, async ({ page }) => {
        await page.addInitScript(recordTexts);
        await page.goto(stage.world.url);
        await page.locator(".time-series canvas").nth(1).waitFor();
        await page.waitForTimeout(500);
        const charts = await drawnOf(page);
        expect(charts).toHaveLength(2);
        for (const { texts } of charts) {
          const times = texts.filter((text) => /^\d\d:\d\d$/.test(text));
          const values = texts.filter((text) => /^[\d,.]+[KM]?$/.test(text));
          expect(times.length, texts.join()).toBeGreaterThanOrEqual(3);
          expect(values.length, texts.join()).toBeGreaterThanOrEqual(3);
        }
      });
    }
  });
}
