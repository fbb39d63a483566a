import type { PhonePeCredentials } from "#vault";
import type { Vars } from "./check-environment.ts";
import { judgeOAuth } from "./check-oauth.ts";
import { judgeStatus } from "./check-status.ts";
import { judgeToken } from "./check-token.ts";
import type { Finding } from "./finding.ts";
import { placeOf } from "./phonepe-place.ts";
import type { Answer } from "./probe.ts";
import type { Session } from "./session.ts";

/** The order that nobody places. Always the same, so that what it leaves behind is one row at most. */
export const NO_ORDER_ID = "foolproof-doctor";
const SOURCE = "PhonePe";

/** Fetches a token and asks about an order that does not exist: two or, after a 401, four calls. */
export async function askPhonePe(
  session: Session,
  vars: Vars,
  credentials: PhonePeCredentials,
): Promise<Finding[]> {
  const place = placeOf(vars.PHONEPE_OAUTH_URL);
  const pg = placeOf(vars.PHONEPE_PG_URL);
  // The check of the URLs has said so already.
  if (place.exposed || pg.exposed) return [];
  const oauth = await fetchToken(session, vars, credentials);
  const judged = judgeOAuth(oauth, { credentials, place });
  if (oauth.type !== "answer" || judged.level !== "ok") return [judged];
  const token = judgeToken(oauth.text, session.ports.nowMs());
  if (token.authorization === undefined) return [judged, token.finding];
  const status = await fetchStatus(session, vars, token.authorization);
  const withFreshToken = isUnauthorized(status)
    ? await askAfresh(session, vars, credentials)
    : undefined;
  const seen = withFreshToken ? { place: pg, withFreshToken } : { place: pg };
  return [judged, token.finding, judgeStatus(status, seen)];
}

const isUnauthorized = (answer: Answer) => answer.type === "answer" && answer.status === 401;

/** As the gateway does (UAT-07): one more try, with a token that nobody can have revoked meanwhile. */
async function askAfresh(
  session: Session,
  vars: Vars,
  credentials: PhonePeCredentials,
): Promise<Answer | undefined> {
  const oauth = await fetchToken(session, vars, credentials);
  if (oauth.type !== "answer") return undefined;
  const { authorization } = judgeToken(oauth.text, session.ports.nowMs());
  return authorization === undefined ? undefined : fetchStatus(session, vars, authorization);
}

function fetchToken(
  session: Session,
  vars: Vars,
  credentials: PhonePeCredentials,
): Promise<Answer> {
  return session.ask(SOURCE, {
    method: "POST",
    url: `${withoutSlash(vars.PHONEPE_OAUTH_URL)}/v1/oauth/token`,
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
      client_version: String(credentials.clientVersion),
      grant_type: "client_credentials",
    }).toString(),
  });
}

function fetchStatus(session: Session, vars: Vars, authorization: string): Promise<Answer> {
  return session.ask(SOURCE, {
    method: "GET",
    url: `${withoutSlash(vars.PHONEPE_PG_URL)}/checkout/v2/order/${NO_ORDER_ID}/status`,
    headers: { "content-type": "application/json", accept: "application/json", authorization },
  });
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}
