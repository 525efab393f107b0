import { requestSubject } from "../events/subjects.ts";
import type { ServiceRights } from "./service-rights.ts";
import { covers } from "./subject-sets.ts";
import { type ConsumerDefinition, consumers, eventStream, followerConsumer } from "./topology.ts";

/** Subjects with wildcards. What is denied is taken from what is allowed. */
export interface SubjectRights {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** What a user of the broker may publish and subscribe to. */
export interface Permissions {
  readonly publish: SubjectRights;
  readonly subscribe: SubjectRights;
}

/** Where the broker tells a user its own permissions. */
export const userInfoSubject = "$SYS.REQ.USER.INFO";

/** Where answers for a user arrive: each user has a place of its own, so that nobody reads another's answers. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;

/** What a service needs, to the subject, and what it is given. */
export function permissionsOf(user: string, rights: ServiceRights): Permissions {
  const follows = rights.followsLog ? followingLog(rights) : { allow: [], deny: [] };
  return {
    publish: {
      allow: widest([
        userInfoSubject,
        ...rights.streams.flatMap(({ name }) => [
          `$JS.API.STREAM.INFO.${name}`,
          `$JS.API.STREAM.CREATE.${name}`,
          ...(rights.changesStreams ? [`$JS.API.STREAM.UPDATE.${name}`] : []),
        ]),
        ...rights.reads.map(({ name }) => `$JS.API.STREAM.MSG.GET.${name}`),
        ...rights.purges.map(({ name }) => `$JS.API.STREAM.PURGE.${name}`),
        ...rights.consumers.flatMap(runningConsumer),
        ...rights.watches.map(({ stream, config }) => infoOf(stream, config.durable_name)),
        ...rights.restarts.map(({ stream, config }) => deletionOf(stream, config.durable_name)),
        ...follows.allow,
        ...rights.publishes,
      ]),
      deny: follows.deny,
    },
    subscribe: { allow: [`${inboxPrefix(user)}.>`], deny: [] },
  };
}

/** Another service, with a user in the account for those who are not Millrace's own. */
export interface Outsider {
  readonly name: string;
  /** Tenants of whose mailboxes it may ask for syncs. */
  readonly asks: readonly string[];
  /** Tenants whose facts it may read. */
  readonly follows: readonly string[];
}

/**
 * The streams' API, as an outsider sees what it may use of it: an account has a `$JS.API` of its own. Clients call this
 * the domain.
 */
export const outsideDomain = "millrace";

/** What another service may do: ask for syncs of its tenants and hear that they were taken, read its own consumer. */
export function outsiderPermissions({ name, asks, follows }: Outsider): Permissions {
  const requests = asks.map((tenantId) => requestSubject({ tenantId, accountId: "*" }));
  const following = follows.length === 0 ? [] : followingSubjects(name).map(({ outside }) => outside);
  return {
    publish: { allow: [...requests, ...following], deny: [] },
    subscribe: { allow: [`${inboxPrefix(name)}.>`], deny: [] },
  };
}

/** What a follower uses of the streams' API: subjects of Millrace's account, and as they are called outside. */
export function followingSubjects(name: string): { readonly inside: string; readonly outside: string }[] {
  const { stream, config } = followerConsumer(name, []);
  return [infoOf, nextOf, ...acknowledgementsOf]
    .map((subjectOf) => subjectOf(stream, config.durable_name))
    .map((inside) => ({ inside, outside: inside.replace("$JS.API.", `$JS.${outsideDomain}.API.`) }));
}

const infoOf = (stream: string, consumer: string) => `$JS.API.CONSUMER.INFO.${stream}.${consumer}`;
const nextOf = (stream: string, consumer: string) => `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
const deletionOf = (stream: string, consumer: string) => `$JS.API.CONSUMER.DELETE.${stream}.${consumer}`;
const acknowledgementsOf = [
  (stream: string, consumer: string) => `$JS.ACK.${stream}.${consumer}.>`,
  // Their second form has the broker's domain and the account in front.
  (stream: string, consumer: string) => `$JS.ACK.*.*.${stream}.${consumer}.>`,
];

/** Without those that another one covers. */
function widest(subjects: readonly string[]): string[] {
  return subjects.filter((one) => !subjects.some((other) => other !== one && covers(other, one)));
}

/** The filter stands in the subject, and the broker compares it with what is asked for. */
function runningConsumer({ stream, config }: ConsumerDefinition): string[] {
  const name = config.durable_name;
  return [
    infoOf(stream, name),
    `$JS.API.CONSUMER.CREATE.${stream}.${name}.${config.filter_subject}`,
    nextOf(stream, name),
    ...acknowledgementsOf.map((subjectOf) => subjectOf(stream, name)),
  ];
}

/** A reader's consumer has a random name. Those that have a name of their own are not read, made or deleted by it. */
function followingLog({ consumers: own, restarts }: ServiceRights): SubjectRights {
  const { name } = eventStream;
  const createOf = (stream: string, consumer: string) => `$JS.API.CONSUMER.CREATE.${stream}.${consumer}`;
  const named = consumers.filter(({ stream }) => stream === name);
  const denied = (subjectOf: typeof nextOf, spared: readonly ConsumerDefinition[]) =>
    named
      .filter((consumer) => !spared.includes(consumer))
      .map(({ config }) => subjectOf(name, config.durable_name));
  return {
    allow: [createOf, nextOf, deletionOf, infoOf].map((subjectOf) => subjectOf(name, "*")),
    deny: [...denied(createOf, []), ...denied(nextOf, own), ...denied(deletionOf, restarts)],
  };
}
