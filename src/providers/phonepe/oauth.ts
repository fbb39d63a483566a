import { type Clock, readJson } from "#base";
import type { PhonePeCredentials } from "#vault";
import type { Guarded } from "../guarded.ts";
import { errorCodeOf } from "./schemas.ts";
import { readToken } from "./token.ts";
import type { TokenResult } from "./token-source.ts";

export interface OAuthOptions {
  readonly guarded: Guarded;
  readonly oauthUrl: string;
  readonly credentials: PhonePeCredentials;
  readonly nowMs: Clock;
}

/** Fetches a token with the client credentials (contract.md 2.1). Says why not, without quoting the answer. */
export async function fetchPhonePeToken(options: OAuthOptions): Promise<TokenResult> {
  const { guarded, oauthUrl, credentials, nowMs } = options;
  const result = await guarded("oauth", {
    method: "POST",
    url: `${oauthUrl}/v1/oauth/token`,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
    body: new URLSearchParams({
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      client_version: String(credentials.clientVersion),
      grant_type: "client_credentials",
    }).toString(),
  });
  if (result.type !== "answer") return { ok: false, reason: result.reason };
  if (result.status !== 200) {
    return { ok: false, reason: `http_${result.status}_${errorCodeOf(result.text)}` };
  }
  const token = readToken(readJson(result.text), nowMs());
  return token ? { ok: true, token } : { ok: false, reason: "malformed_answer" };
}
