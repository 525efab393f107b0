import type { Page } from "playwright-core";

/** What can be scrolled sideways because it is wider than its place, by its classes: the page itself, and parts of it. */
export const scrolledSideways = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("body *")]
      .filter((element) => {
        const isWider = element.scrollWidth - element.clientWidth > 1;
        const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
        return isWider && (scrolls || element === document.documentElement);
      })
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`),
  );
