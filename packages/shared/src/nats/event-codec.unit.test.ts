import { expect, it } from "vitest";
import { factSubject } from "../events/subjects.ts";
import { NewerFactError } from "../events/upcast-fact.ts";
import { givenStarted, ref } from "../testing/given.ts";
import { decodeEvent, encodeEvent, UnreadableEventError } from "./event-codec.ts";

const fact = givenStarted();
const subject = factSubject(ref, fact);
const encoded = encodeEvent(ref, { id: "e1", time: "2026-01-01T00:00:00.000Z", source: "chunker", fact });

const decode = (headers: Record<string, string> = {}, body: unknown = fact) =>
  decodeEvent(
    subject,
    (name) => ({ ...encoded.headers, ...headers })[name] ?? "",
    new TextEncoder().encode(JSON.stringify(body)),
  );

it("an event says in which version its fact is written, and is read back", () => {
  expect(encoded.headers["ce-dataschema"]).toBe("urn:millrace:fact:sync.started:1");
  expect(decode().fact).toEqual(fact);
});

it("an event of the time before versions is read as the first", () => {
  expect(decode({ "ce-dataschema": "" }).fact).toEqual(fact);
});

it("an event of a newer version, or of a type that only a newer one knows, is not taken for a broken one", () => {
  expect(() => decode({ "ce-dataschema": "urn:millrace:fact:sync.started:2" }, { what: "ever" })).toThrow(
    NewerFactError,
  );
  expect(() => decode({ "ce-dataschema": "urn:millrace:fact:sync.renamed:1" })).toThrow(NewerFactError);
});

it("what is broken is not taken for a newer version: nobody would ever read it", () => {
  expect(() => decode({}, { type: "sync.started" })).toThrow(UnreadableEventError);
  expect(() => decode({ "ce-dataschema": "" }, { type: "sync.renamed" })).toThrow(UnreadableEventError);
  expect(() => decode({ "ce-dataschema": "urn:somebody:else" })).toThrow(UnreadableEventError);
  expect(() => decode({ "ce-dataschema": "urn:millrace:fact:sync.resumed:1" })).toThrow(UnreadableEventError);
});
