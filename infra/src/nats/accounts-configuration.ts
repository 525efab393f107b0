import { requestSubjects } from "@millrace/shared/events/subjects";
import {
  followingSubjects,
  type Outsider,
  outsiderPermissions,
  type Permissions,
  permissionsOf,
  type SubjectRights,
} from "@millrace/shared/nats/permissions";
import { serviceNames, serviceRights } from "@millrace/shared/nats/service-rights";

/** The user of the nats command line: everything in Millrace's account. */
export const operator = "operator";

/**
 * The accounts and users of a broker, in the words of its configuration. It holds public keys only: a user proves with
 * its seed that it is who it is, and the seed is nowhere but with the user.
 *
 * Other services have an account of their own, into which Millrace's exports what they may use, as services. In one
 * account with the streams they could have answers sent to any subject, the acknowledgement of a request say: the broker
 * publishes them there without looking at the permissions of who asked.
 *
 * @param publicKeyOf a user's
 */
export function accountsConfiguration(
  publicKeyOf: (user: string) => string,
  outsiders: readonly Outsider[],
): string {
  const services = serviceNames.map((name) =>
    userBlock(name, publicKeyOf(name), permissionsOf(name, serviceRights[name])),
  );
  const others = outsiders.map((outsider) =>
    userBlock(outsider.name, publicKeyOf(outsider.name), outsiderPermissions(outsider)),
  );
  const shared = [
    { inside: requestSubjects, outside: requestSubjects },
    ...outsiders.filter(({ follows }) => follows.length > 0).flatMap(({ name }) => followingSubjects(name)),
  ];
  return `# Written by \`npm run nats-users\`; changes here are lost. Nothing in it is secret.
accounts {
  MILLRACE {
    jetstream: enabled
    exports: [
${shared.map(exportLine).join("")}    ]
    users: [
      # ${operator}
      { nkey: "${publicKeyOf(operator)}" }
${services.join("")}    ]
  }
  OUTSIDE {
    imports: [
${shared.map(importLine).join("")}    ]
    users: [
${others.join("")}    ]
  }
}
`;
}

interface SharedSubject {
  readonly inside: string;
  readonly outside: string;
}

/** What is asked for once may be answered with many messages. */
const exportLine = ({ inside }: SharedSubject): string =>
  `      { service: "${inside}", response_type: stream, accounts: [OUTSIDE] }\n`;

function importLine({ inside, outside }: SharedSubject): string {
  const renamed = inside === outside ? "" : `, to: "${outside}"`;
  return `      { service: { account: MILLRACE, subject: "${inside}" }${renamed} }\n`;
}

function userBlock(name: string, publicKey: string, { publish, subscribe }: Permissions): string {
  return `      # ${name}
      { nkey: "${publicKey}", permissions: {
        publish: ${rightsBlock(publish)}
        subscribe: ${rightsBlock(subscribe)}
      } }
`;
}

function rightsBlock({ allow, deny }: SubjectRights): string {
  const list = (subjects: readonly string[]): string =>
    `[\n${subjects.map((subject) => `          ${JSON.stringify(subject)}\n`).join("")}        ]`;
  return deny.length === 0 ? `{ allow: ${list(allow)} }` : `{ allow: ${list(allow)}, deny: ${list(deny)} }`;
}
