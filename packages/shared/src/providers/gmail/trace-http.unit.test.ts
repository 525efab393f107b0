import { expect, it } from "vitest";
import { urlTemplate } from "./trace-http.ts";

const root = "https://gmail.googleapis.com";

it.each([
  [`${root}/gmail/v1/users/me/messages?q=invoice&pageToken=17`, "/gmail/v1/users/{userId}/messages"],
  [
    `${root}/gmail/v1/users/ann@example.com/messages/18c2?format=full`,
    "/gmail/v1/users/{userId}/messages/{id}",
  ],
  [
    `${root}/gmail/v1/users/me/messages/18c2/attachments/ANGjdJ`,
    "/gmail/v1/users/{userId}/messages/{id}/attachments/{id}",
  ],
  [`${root}/gmail/v1/users/me/history?startHistoryId=7`, "/gmail/v1/users/{userId}/history"],
  [`${root}/batch/gmail/v1`, "/batch/gmail/v1"],
  ["https://oauth2.googleapis.com/token?refresh_token=1//x", "/token"],
])("the template of %s holds neither ids nor what is asked", (url, template) => {
  expect(urlTemplate(url)).toBe(template);
});
