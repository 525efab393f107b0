import { expect, test } from "vitest";
import { compareVersions, natsVersionMin, parseNatsVersion } from "./nats-version.ts";

test("versions are read out of what the server prints", () => {
  expect(parseNatsVersion("nats-server: v2.15.1\n")).toBe("2.15.1");
  expect(parseNatsVersion("nats-server: v2.12.0-RC.3\n")).toBe("2.12.0-RC.3");
  expect(parseNatsVersion("nats-server: dev")).toBeNull();
});

test("versions are ordered by number, and a pre-release is older than its release", () => {
  const ordered = ["2.9.10", "2.10.27", "2.12.0-RC.1", "2.12.0-RC.2", "2.12.0", "2.12.1", "3.0.0"];
  expect(ordered.toSorted(() => 0.5 - Math.random()).toSorted(compareVersions)).toEqual(ordered);
  expect(compareVersions("2.12.0", natsVersionMin)).toBe(0);
});

test("Debian's stable servers are too old", () => {
  for (const version of ["2.9.10", "2.10.27", "2.12.0-RC.3"]) {
    expect(compareVersions(version, natsVersionMin)).toBeLessThan(0);
  }
});
