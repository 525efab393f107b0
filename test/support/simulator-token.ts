/** An access token of a simulated mailbox, asked for as a client of Gmail does. */
export async function accessTokenOf(simulatorUrl: string, email: string): Promise<string> {
  const answer = await fetch(`${simulatorUrl}/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: `sim-refresh-${email}`,
      client_id: "test",
      client_secret: "test",
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
