import { fileURLToPath } from "node:url";
import openapiTS, { astToString, type OpenAPI3 } from "openapi-typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../../services/sync-api/src/testing/start-test-api.ts";

const file = fileURLToPath(new URL("../../packages/client/src/api-types.ts", import.meta.url));
const head =
  "// Made from the API's description (/openapi.json) by test/client/api-types.int.test.ts: `vitest -u`.\n\n";

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

test("the client's types are those of /openapi.json (written anew with `vitest -u`)", async () => {
  const description = (await api.app.inject({ url: "/openapi.json" })).json<OpenAPI3>();
  // What a request may leave out because it has a default, it may leave out.
  const types = await openapiTS(description, { defaultNonNullable: false, alphabetize: true });
  await expect(`${head}${astToString(types)}`).toMatchFileSnapshot(file);
});
