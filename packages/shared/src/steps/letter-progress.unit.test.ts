import { expect, it } from "vitest";
import { idleCourse } from "../events/account-course.ts";
import { givenActive, givenCourse, givenProgress, givenRequest, ref } from "../testing/given.ts";
import { letterProgress } from "./letter-progress.ts";

const stateOf = (course: typeof idleCourse, logged: number, told: number) => ({
  course: async () => ({ course, seq: 1 }),
  progress: async () => ({ progress: givenProgress(logged), seq: 7 }),
  toldProgress: async () => givenProgress(told),
});

it("dead letters of a sync that has ended are settled by what Postgres has, when the log lacks it", async () => {
  const { progress, seq } = await letterProgress(stateOf(idleCourse, 1, 3), ref, "s1");
  expect([progress.settledCount, seq]).toEqual([3, 7]);
});

it("the log counts as long as it has more", async () => {
  for (const told of [0, 2, 3]) {
    const { progress } = await letterProgress(stateOf(idleCourse, 3, told), ref, "s1");
    expect(progress.settledCount).toBe(3);
  }
});

it("the log counts for a sync that is under way: it is worked on from there", async () => {
  const running = givenCourse({ active: givenActive("s1") });
  const waiting = givenCourse({ active: givenActive("s2"), waiting: [givenRequest("s1")] });
  for (const course of [running, waiting]) {
    const { progress } = await letterProgress(stateOf(course, 1, 3), ref, "s1");
    expect(progress.settledCount).toBe(1);
  }
});
