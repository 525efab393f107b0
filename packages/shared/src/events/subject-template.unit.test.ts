import { describe, expect, it } from "vitest";
import { givenChunkItem } from "../testing/given.ts";
import { subjectTemplate } from "./subject-template.ts";
import {
  attemptSubject,
  chunkSubject,
  courseSubject,
  laterSubject,
  laterTurnSubject,
  noteSubject,
  pageSubject,
  requestSubject,
  turnSubject,
  workSubject,
} from "./subjects.ts";

const ref = { tenantId: "t1", accountId: "a1" };
const endpoint = { tenantId: "t1", endpointId: "e1" };

describe("the template of a subject", () => {
  it.each([
    [requestSubject(ref), "sync.requests.{tenant}.{account}"],
    [courseSubject(ref), "evt.{tenant}.{account}.sync"],
    [noteSubject(ref), "evt.{tenant}.{account}.note"],
    [chunkSubject(ref, "s1"), "evt.{tenant}.{account}.chunk.{sync}"],
    [attemptSubject(ref, "s1"), "evt.{tenant}.{account}.attempt.{sync}"],
    [pageSubject(ref, "s1", 3), "evt.{tenant}.{account}.page.{sync}.{page}"],
    [workSubject("live", ref, "s1"), "work.live.{tenant}.{account}.{sync}"],
    [workSubject("bulk", ref, "s1"), "work.bulk.{tenant}.{account}.{sync}"],
    [workSubject("list", ref, "s1"), "work.list.{tenant}.{account}.{sync}"],
    [laterSubject(ref, givenChunkItem()), "later.{tenant}.{account}.{sync}.{work}"],
    [turnSubject(endpoint), "hook.due.{tenant}.{endpoint}"],
    [laterTurnSubject(endpoint, 1), "hook.later.{tenant}.{endpoint}.{second}"],
  ])("of %s names what its tokens are", (subject, template) => {
    expect(subjectTemplate(subject)).toBe(template);
  });

  it.each(["", "evt", "evt.t1.a1.sync.more", "sync.requests.t1.a1.b", "work.other.t1.a1.s1", "ann@x.test"])(
    "of a stranger's subject (%s) repeats nothing of it",
    (subject) => {
      expect(subjectTemplate(subject)).toBe("other");
    },
  );
});
