// The layers of CONTRIBUTING.md, checked by `npm run verify`. Each rule is shown to fail on a wrong import by
// infra/src/layer-rules.int.test.ts.

const tests = "[.](unit|int|e2e)[.]test[.]tsx?$|/testing/";
const folds = "^packages/shared/src/projection/(project-[^/]+|[^/]+-columns|views)[.]ts$";
const pure = `^packages/shared/src/events/|${folds}|/domain/|/decide-[^/]+[.]ts$`;
const ioPackages =
  "(^|/)node_modules/(@nats-io/|@googleapis/|@fastify/|google-auth-library/|pg/|fastify/|pino/|node-pg-migrate/|@opentelemetry/)";
const ioModules =
  "^(node:)?(fs|net|tls|dns|dgram|http|https|http2|child_process|cluster|worker_threads|readline|os|timers|process)(/|$)";
const ioFolders = "^packages/shared/src/(nats|postgres|providers/[^/]+)/";

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "Two modules that import each other are one module in two files.",
      from: { pathNot: "^test/simulation/" },
      to: { circular: true },
    },
    {
      name: "no-cycles-in-the-simulation",
      severity: "error",
      comment: "What lives in the simulated world knows the world's type; its code it does not need.",
      from: { path: "^test/simulation/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "services-apart",
      severity: "error",
      comment: "Services speak through events. What two of them need belongs in packages/shared.",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "pure-without-io-packages",
      severity: "error",
      comment: "Events, domain rules and decisions get what they need as values.",
      from: { path: pure, pathNot: tests },
      to: { path: ioPackages },
    },
    {
      name: "pure-without-io-modules",
      severity: "error",
      comment: "Events, domain rules and decisions get what they need as values.",
      from: { path: pure, pathNot: tests },
      to: { path: ioModules, dependencyTypes: ["core"] },
    },
    {
      name: "pure-without-io-folders",
      severity: "error",
      comment: "A pure module may use the types of a module that does I/O, never its code.",
      from: { path: pure, pathNot: tests },
      to: { path: ioFolders, pathNot: pure, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "google-only-in-gmail",
      severity: "error",
      comment: "Nothing outside of a provider's folder knows the provider's words.",
      from: { pathNot: `^packages/shared/src/providers/gmail/|${tests}` },
      to: { path: "(^|/)node_modules/(@googleapis/|google-auth-library/)" },
    },
    {
      name: "nats-only-in-shared-nats",
      severity: "error",
      comment: "One module settles messages, and one folder knows the client.",
      from: { path: "^(services|packages)/", pathNot: `^packages/shared/src/nats/|${tests}` },
      to: { path: "(^|/)node_modules/@nats-io/" },
    },
    {
      name: "tracing-loaded-late",
      severity: "error",
      comment:
        "The SDK is memory that who does not trace does not pay for: one module has it, and is imported dynamically.",
      from: {
        path: "^(services|packages)/",
        pathNot: `^packages/shared/src/telemetry/(register-tracing|create-sampler|failure-keeper|metrics/(start-metrics|pull-reader|temporality-of))[.]ts$|${tests}`,
      },
      to: { path: "(^|/)node_modules/@opentelemetry/(?!api/)" },
    },
    {
      name: "product-without-infra",
      severity: "error",
      comment: "infra starts the product; the product runs without it.",
      from: { path: "^(services|packages)/", pathNot: tests },
      to: { path: "^infra/" },
    },
    {
      name: "shared-below-services",
      severity: "error",
      comment: "Packages and infra know no service; infra starts services as processes.",
      from: { path: "^(packages|infra)/" },
      to: { path: "^services/" },
    },
    {
      name: "client-alone",
      severity: "error",
      comment:
        "The client is installed by others, and runs in browsers: it has nothing of the workspace and of Node.",
      from: { path: "^packages/client/src/", pathNot: tests },
      to: { path: "^(services|infra|test|packages/(?!client/))|(^|/)node_modules/@millrace/" },
    },
    {
      name: "client-without-node",
      severity: "error",
      comment:
        "The client is installed by others, and runs in browsers: it has nothing of the workspace and of Node.",
      from: { path: "^packages/client/src/", pathNot: tests },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: tests },
      to: { path: "[.](unit|int|e2e)[.]test[.]tsx?$" },
    },
    {
      name: "everything-resolves",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "(^|/)node_modules/" },
    exclude: { path: "(^|/)[.]millrace/" },
    // Type imports count as well: the layers are about what a reader must know.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
    },
  },
};
