/** What a client asks a person for, at the authorization endpoint. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string | null;
  readonly challenge: CodeChallenge | null;
  /** A refresh token is wanted. */
  readonly isOffline: boolean;
  /** The person is asked also when everything was allowed before, and a refresh token given anew. */
  readonly asksAgain: boolean;
  /** What was allowed earlier counts for the new tokens too. */
  readonly includesGranted: boolean;
  readonly loginHint: string | null;
}

/** RFC 7636. */
export interface CodeChallenge {
  readonly value: string;
  readonly method: "S256" | "plain";
}

export type ReadRequest =
  | { readonly ok: true; readonly request: AuthorizationRequest }
  | { readonly ok: false; readonly error: string; readonly problem: string };

const challengeForm = /^[A-Za-z0-9._~-]{43,128}$/;

/** https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient */
export function readAuthorizationRequest(query: URLSearchParams): ReadRequest {
  const repeated = [...new Set(query.keys())].find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined)
    return refuse("invalid_request", `OAuth 2 parameters can only have a single value: ${repeated}`);
  const missing = ["client_id", "redirect_uri", "response_type", "scope"].find((name) => !query.get(name));
  if (missing !== undefined) return refuse("invalid_request", `Missing required parameter: ${missing}`);
  const value = (name: string): string => query.get(name) ?? "";
  if (value("response_type") !== "code")
    return refuse("unsupported_response_type", `Invalid response_type: ${value("response_type")}`);
  if (!isRedirectUri(value("redirect_uri")))
    return refuse("redirect_uri_mismatch", `Invalid redirect_uri: ${value("redirect_uri")}`);
  const challenge = readChallenge(query);
  if (challenge === undefined) return refuse("invalid_request", "Invalid code challenge or method.");
  const request: AuthorizationRequest = {
    clientId: value("client_id"),
    redirectUri: value("redirect_uri"),
    scopes: [...new Set(value("scope").split(" "))].filter((scope) => scope !== ""),
    state: query.get("state"),
    challenge,
    isOffline: value("access_type") === "offline",
    asksAgain: value("prompt").split(" ").includes("consent"),
    includesGranted: value("include_granted_scopes") === "true",
    loginHint: query.get("login_hint"),
  };
  return { ok: true, request };
}

/** Undefined when there is one and it is wrong. */
function readChallenge(query: URLSearchParams): CodeChallenge | null | undefined {
  const value = query.get("code_challenge");
  if (value === null) return null;
  const method = query.get("code_challenge_method") ?? "plain";
  if (!challengeForm.test(value) || (method !== "S256" && method !== "plain")) return undefined;
  return { value, method };
}

/** Google wants it registered with the client; here any will do that Google would register. */
function isRedirectUri(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === "" && !text.includes("#");
}

function refuse(error: string, problem: string): ReadRequest {
  return { ok: false, error, problem };
}
