import { expect, test } from "vitest";
import { idleCourse } from "../events/account-course.ts";
import { queueSync, startSync } from "../events/evolve-course.ts";
import { factSchema } from "../events/facts.ts";
import { givenActive, givenRequest, ref } from "../testing/given.ts";
import { decideRemoval } from "./decide-removal.ts";

const asked = { requestId: "req-1", requestedAt: "2026-03-01T10:00:00.000Z" };

test("a removal ends all that is under way, in the order of its running, expecting that nothing has moved", () => {
  const course = queueSync(startSync(idleCourse, givenActive("s1")), givenRequest("s2"));
  const { effect, answer } = decideRemoval(ref, { course, seq: 7 }, asked);
  expect(answer).toEqual(asked);
  expect(effect).toMatchObject({
    expectedSeq: 7,
    fact: { cancelled: ["s1", "s2"], course: { removal: asked } },
  });
  expect(factSchema.safeParse(effect?.fact).error).toBeUndefined();
});

test("whoever asks again is told of the first, and changes nothing", () => {
  const removal = { requestId: "req-0", requestedAt: "2026-03-01T09:00:00.000Z" };
  expect(decideRemoval(ref, { course: { ...idleCourse, removal }, seq: 7 }, asked)).toEqual({
    effect: null,
    answer: removal,
  });
});
