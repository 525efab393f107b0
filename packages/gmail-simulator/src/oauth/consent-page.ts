import type { AuthorizationRequest } from "./authorization-request.ts";

/** What scopes mean, in words for a person. */
const meanings: Readonly<Record<string, string>> = {
  "https://www.googleapis.com/auth/gmail.readonly": "View your email messages and settings",
  "https://www.googleapis.com/auth/gmail.modify": "Read, compose and send emails, and change them",
  "https://mail.google.com/": "Read, compose, send and permanently delete all your email",
};

/** A plain form, sent to where the page was got from; no script. */
export function renderConsentPage(
  { clientId, scopes, redirectUri, loginHint }: AuthorizationRequest,
  emails: readonly string[],
  problem: string | null,
): string {
  const choices = emails.slice(0, EMAILS_MAX).map((email) => {
    const checked = email === loginHint?.toLowerCase() ? " checked" : "";
    return `<p><label><input type="radio" name="email" value="${escapeHtml(email)}"${checked}> ${escapeHtml(email)}</label></p>`;
  });
  const typed = emails.includes(loginHint?.toLowerCase() ?? "") ? "" : (loginHint ?? "");
  const asked = scopes.map((scope) => {
    const meaning = meanings[scope] ?? scope;
    return `<p><label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked> ${escapeHtml(meaning)}</label></p>`;
  });
  return page(`<h1>${escapeHtml(clientId)} wants to access a mailbox</h1>
<p>This is the Gmail simulator and not Google. Afterwards the browser goes to ${escapeHtml(new URL(redirectUri).host)}.</p>
${problem === null ? "" : `<p role="alert">${escapeHtml(problem)}</p>`}
<form method="post">
<fieldset><legend>Whose mailbox?</legend>
${choices.join("\n")}
<p><label><input type="radio" name="email" value=""${typed === "" ? "" : " checked"}> Another:</label> <input type="email" aria-label="Its address" name="other" value="${escapeHtml(typed)}"> (one that does not exist is made, with ${NEW_MESSAGES} messages)</p>
</fieldset>
<fieldset><legend>What may it do?</legend>
${asked.join("\n")}
</fieldset>
<input type="hidden" name="chosen" value="scopes">
<p><button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></p>
</form>`);
}

/** For requests that cannot be answered by sending the browser back: their sender may be anybody. */
export function renderRefusal(error: string, problem: string): string {
  return page(`<h1>Access blocked: authorization error</h1>
<p>Error 400: ${escapeHtml(error)}</p>
<p>${escapeHtml(problem)}</p>`);
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Gmail simulator</title>
<style>body{font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em}</style></head>
<body>
${body}
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Of a mailbox that is made because somebody has typed its address. */
export const NEW_MESSAGES = 100;
const EMAILS_MAX = 50;
