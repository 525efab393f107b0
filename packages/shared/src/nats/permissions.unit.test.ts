import { describe, expect, it } from "vitest";
import { noHistory } from "../events/attempt.ts";
import {
  type AccountRef,
  chunkSubject,
  courseSubject,
  laterSubject,
  laterTurnSubject,
  noteSubject,
  pageSubject,
  requestSubject,
  turnSubject,
  workSubject,
} from "../events/subjects.ts";
import { outsiderPermissions, permissionsOf } from "./permissions.ts";
import { type ServiceName, serviceNames, serviceRights } from "./service-rights.ts";
import { covers, intersect } from "./subject-sets.ts";
import { consumers, streams } from "./topology.ts";

const ref: AccountRef = { tenantId: "shop", accountId: "acc_1" };
const rightsOf = (name: ServiceName) => permissionsOf(name, serviceRights[name]);

function mayPublish(name: ServiceName, subject: string): boolean {
  const { allow, deny } = rightsOf(name).publish;
  return (
    allow.some((given) => covers(given, subject)) && !deny.some((taken) => intersect(taken, subject) !== null)
  );
}

const who = (subject: string): ServiceName[] => serviceNames.filter((name) => mayPublish(name, subject));

describe("permissions", () => {
  it.each([
    ["a request", requestSubject(ref), ["sync-api", "chunker", "janitor"]],
    ["the course of an account", courseSubject(ref), ["sync-api", "chunker", "fetcher", "janitor"]],
    ["a page of a listing", pageSubject(ref, "syn_1", 0), ["chunker"]],
    ["a chunk's fact", chunkSubject(ref, "syn_1"), ["sync-api", "fetcher", "janitor"]],
    ["a note", noteSubject(ref), ["sync-api", "chunker", "fetcher", "janitor"]],
    ["a chunk as work", workSubject("bulk", ref, "syn_1"), ["chunker", "fetcher"]],
    ["a listing as work", workSubject("list", ref, "syn_1"), ["sync-api", "chunker", "janitor"]],
    [
      "work that waits",
      laterSubject(ref, { kind: "probe", syncId: "syn_1", history: noHistory }),
      ["chunker", "fetcher"],
    ],
    ["an endpoint's turn", turnSubject({ tenantId: "shop", endpointId: "we_1" }), ["sync-api", "janitor"]],
    [
      "an endpoint's turn that is not due yet",
      laterTurnSubject({ tenantId: "shop", endpointId: "we_1" }, 5_000),
      ["sync-api"],
    ],
    ["how far the log was applied", "state.projector", ["sync-api"]],
    ["a budget", "quota.project.gmail", ["sync-api", "chunker", "fetcher", "janitor"]],
  ])("let %s be published by those who do it, and nobody else", (_, subject, expected) => {
    expect(who(subject)).toEqual(expected);
  });

  it("let streams be changed by the janitor alone", () => {
    for (const { name } of streams) expect(who(`$JS.API.STREAM.UPDATE.${name}`)).toEqual(["janitor"]);
  });

  it("let nobody delete, snapshot or restore a stream, or remove a message; the janitor alone purges accounts", () => {
    for (const { name } of streams) {
      for (const call of ["DELETE", "MSG.DELETE", "SNAPSHOT", "RESTORE"])
        expect(who(`$JS.API.STREAM.${call}.${name}`)).toEqual([]);
      expect(who(`$JS.API.STREAM.PURGE.${name}`)).toEqual(
        ["STATE", "HOOKS"].includes(name) ? [] : ["janitor"],
      );
    }
  });

  it("let each consumer be made, read from and acknowledged by one service", () => {
    for (const { stream, config } of consumers) {
      const name = config.durable_name;
      const owner = serviceNames.filter((service) => name.startsWith(`${service}-`) || name === service);
      expect(who(`$JS.API.CONSUMER.CREATE.${stream}.${name}.${config.filter_subject}`)).toEqual(owner);
      expect(who(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`)).toEqual(owner);
      expect(who(`$JS.ACK.${stream}.${name}.1.2.3.4.5`)).toEqual(owner);
      expect(who(`$JS.ACK._.HASH.${stream}.${name}.1.2.3.4.5`)).toEqual(owner);
      expect(who(`$JS.API.CONSUMER.CREATE.${stream}.${name}`)).toEqual([]);
      const restarted = name === "sync-api-relay" ? owner : [];
      expect(who(`$JS.API.CONSUMER.DELETE.${stream}.${name}`)).toEqual(restarted);
    }
  });

  it("let a consumer be looked at by the service that has it, and by the janitor", () => {
    for (const { stream, config } of consumers) {
      const name = config.durable_name;
      const owner = serviceNames.filter((service) => name.startsWith(`${service}-`));
      // Whoever follows the log has consumers of its own there, with random names.
      const follower = stream === "EVENTS" && owner[0] !== "sync-api" ? ["sync-api"] : [];
      expect(who(`$JS.API.CONSUMER.INFO.${stream}.${name}`)).toEqual([...follower, ...owner, "janitor"]);
    }
  });

  it("let single messages be read by those who do it", () => {
    const readers = (stream: string) => who(`$JS.API.STREAM.MSG.GET.${stream}`);
    expect(readers("REQUESTS")).toEqual([]);
    expect(readers("EVENTS")).toEqual(["sync-api", "chunker", "fetcher", "janitor"]);
    expect(readers("WORK")).toEqual(["chunker", "janitor"]);
    expect(readers("STATE")).toEqual(["sync-api"]);
  });

  it("let everybody hear answers of its own only", () => {
    for (const name of serviceNames)
      expect(rightsOf(name).subscribe).toEqual({ allow: [`_INBOX_${name}.>`], deny: [] });
  });

  it("of another service are the request subjects of its tenants and its own inbox", () => {
    expect(outsiderPermissions({ name: "shop", asks: ["a", "b"], follows: [] })).toEqual({
      publish: { allow: ["sync.requests.a.*", "sync.requests.b.*"], deny: [] },
      subscribe: { allow: ["_INBOX_shop.>"], deny: [] },
    });
  });

  it("of another service that follows are what it takes to read its own consumer, and no other", () => {
    const { publish, subscribe } = outsiderPermissions({ name: "crm", asks: [], follows: ["a"] });
    expect(publish).toEqual({
      allow: [
        "$JS.millrace.API.CONSUMER.INFO.EVENTS.follow-crm",
        "$JS.millrace.API.CONSUMER.MSG.NEXT.EVENTS.follow-crm",
        "$JS.ACK.EVENTS.follow-crm.>",
        "$JS.ACK.*.*.EVENTS.follow-crm.>",
      ],
      deny: [],
    });
    expect(subscribe.allow).toEqual(["_INBOX_crm.>"]);
  });
});
