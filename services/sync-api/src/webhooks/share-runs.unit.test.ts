import { describe, expect, it } from "vitest";
import { shareRuns } from "./share-runs.ts";

/** Runs end when the test says so. */
function controlled() {
  const runs: { key: string; parts: readonly number[]; end: (error?: Error) => void }[] = [];
  const ask = shareRuns<number>((key, parts) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    runs.push({ key, parts: [...parts], end: (error) => (error === undefined ? resolve() : reject(error)) });
    return promise;
  });
  return { runs, ask };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("runs of one key", () => {
  it("are two for a thousand that come at once, and nobody's part is left out", async () => {
    const { runs, ask } = controlled();
    const asked = Array.from({ length: 1_000 }, (_, n) => ask("a", n));
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await settled();
    expect(runs).toHaveLength(2);
    expect(runs.flatMap(({ parts }) => parts)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    runs[1]?.end();
    await Promise.all(asked);
    void ask("a", 1_000);
    expect(runs).toHaveLength(3); // at once again
  });

  it("are not answered before the run that has their part", async () => {
    const { runs, ask } = controlled();
    let isAnswered = false;
    void ask("a", 1);
    const second = ask("a", 2).then(() => {
      isAnswered = true;
    });
    runs[0]?.end();
    await settled();
    expect(isAnswered).toBe(false);
    runs[1]?.end();
    await second;
  });

  it("that fail tell those that shared them, and nobody else", async () => {
    const { runs, ask } = controlled();
    const first = ask("a", 1);
    const others = [ask("a", 2), ask("a", 3)];
    runs[0]?.end(new Error("broker"));
    await expect(first).rejects.toThrow("broker");
    await settled();
    runs[1]?.end();
    await Promise.all(others);
  });

  it("do not wait for those of another key", () => {
    const { runs, ask } = controlled();
    void ask("a", 1);
    void ask("b", 1);
    expect(runs.map(({ key }) => key)).toEqual(["a", "b"]);
  });
});
