import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/.millrace/**"];

export default defineConfig({
  test: {
    // Runs once a run, and starts Postgres only when integration or black-box tests are in it.
    globalSetup: "./infra/src/testing/global-setup.ts",
    projects: [
      // The groups run one after the other: black-box tests have the machine to themselves, two files at a time. (Counted
      // from 1, because on one worker vitest runs the group 0 last.)
      {
        test: {
          name: "unit",
          include: ["{services,packages,infra,test,bench}/**/*.unit.test.{ts,tsx}"],
          exclude,
          sequence: { groupOrder: 1 },
          maxWorkers: "100%",
          isolate: false, // most of the time would go into loading the same modules for each file
          testTimeout: 30_000, // thousands of random cases each, on machines that do other things as well
        },
      },
      {
        test: {
          name: "int",
          include: ["{services,packages,infra,test}/**/*.int.test.{ts,tsx}"],
          exclude,
          sequence: { groupOrder: 2 },
          maxWorkers: Math.ceil(availableParallelism() * 1.5), // part of the time each waits for a server
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/**/*.e2e.test.ts"],
          exclude,
          sequence: { groupOrder: 3 },
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 2, // most of the time each waits for something
        },
      },
      // The dashboard in a real Chromium, on a whole Millrace; skipped, and said so, where there is none.
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.browser.test.ts"],
          exclude,
          sequence: { groupOrder: 4 },
          testTimeout: 120_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
      // `npm run screenshots` draws docs/screenshots anew.
      {
        test: {
          name: "screenshots",
          include: ["test/browser/screenshots.ts"],
          exclude,
          sequence: { groupOrder: 6 },
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
      // Measures, and fails when a goal is missed; the machine should be idle.
      {
        test: {
          name: "bench",
          include: ["test/**/*.bench.test.ts"],
          exclude,
          sequence: { groupOrder: 5 },
          testTimeout: 3_600_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
