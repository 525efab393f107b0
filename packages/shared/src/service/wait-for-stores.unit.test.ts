import pg from "pg";
import { describe, expect, it } from "vitest";
import { silentLogger } from "../testing/silent-logger.ts";
import { waitForStores } from "./wait-for-stores.ts";

const away = (): Error => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
function databaseError(code: string): Error {
  const error = new pg.DatabaseError("no", 1, "error");
  error.code = code;
  return error;
}
const never = new AbortController().signal;

describe("a start while broker or database are away", () => {
  it("waits for them", async () => {
    let tries = 0;
    const work = async (): Promise<string> => {
      tries++;
      if (tries === 1) throw away();
      if (tries === 2) throw databaseError("57P03"); // is starting up
      return "up";
    };
    expect(await waitForStores("test", silentLogger, never, work)).toBe("up");
    expect(tries).toBe(3);
  });

  it.each(["28P01", "3D000"])("does not wait for what waiting cannot mend (%s)", async (code) => {
    const work = async (): Promise<never> => {
      throw databaseError(code);
    };
    await expect(waitForStores("test", silentLogger, never, work)).rejects.toMatchObject({ code });
  });

  it("ends when the service is told to stop", async () => {
    const stopping = new AbortController();
    const started = waitForStores("test", silentLogger, stopping.signal, async () => {
      stopping.abort();
      throw away();
    });
    await expect(started).rejects.toThrow(/abort/i);
  });
});
