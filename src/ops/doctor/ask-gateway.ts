import { sha256Hex } from "#base";
import type { Merchant, PhonePeCredentials } from "#vault";
import { NO_ORDER_ID } from "./ask-phonepe.ts";
import type { Vars } from "./check-environment.ts";
import { judgeGatewayUrl, judgeHealth, judgeJavaAgent, judgeRefusal } from "./check-gateway.ts";
import { judgeWebhook } from "./check-webhook.ts";
import { type Finding, ofMerchant, warn } from "./finding.ts";
import { placeOf } from "./phonepe-place.ts";
import type { Answer } from "./probe.ts";
import type { Session } from "./session.ts";

export interface GatewayCase {
  readonly vars: Vars;
  readonly merchants: readonly Merchant[];
  readonly url: string | undefined;
}

const SOURCE = "the gateway";
const PLAIN_AGENT = "foolproof-doctor";
const JAVA_AGENT = "Java/1.8.0_392";
const WRONG_LOGIN = "foolproof-doctor:wrong-on-purpose";

/** Health, then the webhook as a stranger, as PhonePe's Java, and with each merchant's right credentials. */
export async function askGateway(session: Session, seen: GatewayCase): Promise<Finding[]> {
  const { vars, merchants, url } = seen;
  if (url === undefined) {
    return [warn("gateway", "not asked.", "give --url https://your.gateway to check the webhook.")];
  }
  const { isAllowedUrl } = session.ports;
  const provider = placeOf(vars.PHONEPE_PG_URL).kind;
  const judgedUrl = judgeGatewayUrl(url, { policy: vars.ENVIRONMENT, isAllowedUrl, provider });
  if (!URL.canParse(url)) return [judgedUrl];
  const { origin } = new URL(url);
  const health = judgeHealth(
    await session.ask(SOURCE, {
      method: "GET",
      url: `${origin}/api/payments/health`,
      headers: { "user-agent": PLAIN_AGENT },
    }),
  );
  if (health.level === "fail") return [judgedUrl, health];
  const strangers = await askAsStranger(session, origin);
  // A webhook's SHA header is its password: it does not travel where others can read it.
  const asked = placeOf(origin).exposed ? [] : merchants;
  const own: Finding[] = [];
  for (const merchant of asked) own.push(...(await askAsPhonePe(session, origin, merchant)));
  return [judgedUrl, health, ...strangers, ...own];
}

async function askAsStranger(session: Session, origin: string): Promise<Finding[]> {
  const post = async (agent: string) =>
    postWebhook(session, `${origin}/api/payments/webhook`, {
      "user-agent": agent,
      authorization: await sha256Hex(WRONG_LOGIN),
    });
  const plain = await post(PLAIN_AGENT);
  const java = await post(JAVA_AGENT);
  return [judgeRefusal(plain), judgeJavaAgent(java, plain)];
}

async function askAsPhonePe(
  session: Session,
  origin: string,
  merchant: Merchant,
): Promise<Finding[]> {
  const { phonepe } = merchant;
  if (!phonepe) return [];
  // The merchant in the path: another one's equal credentials do not count.
  const url = `${origin}/api/payments/webhook/phonepe/${merchant.id}`;
  const sha = await postWebhook(session, url, await shaHeaders(phonepe));
  const hmacHeaders = await hmacHeadersOf(session, phonepe);
  const hmac = hmacHeaders && (await postWebhook(session, url, hmacHeaders));
  return ofMerchant(merchant.id, judgeWebhook(hmac ? { sha, hmac } : { sha }));
}

/**
 * An attempt's failure decides nothing even about an order that exists. The blanks are there on purpose: whatever
 * writes the JSON anew on the way breaks the HMAC (PP-05).
 */
const BODY = `{ "event" : "checkout.transaction.attempt.failed",  "payload": {"merchantOrderId":"${NO_ORDER_ID}", "state":"PENDING"} }`;

function postWebhook(
  session: Session,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return session.ask(SOURCE, {
    method: "POST",
    url,
    headers: { "user-agent": PLAIN_AGENT, "content-type": "application/json", ...headers },
    body: BODY,
  });
}

async function shaHeaders({ webhookUsername, webhookPassword }: PhonePeCredentials) {
  return { authorization: await sha256Hex(`${webhookUsername}:${webhookPassword}`) };
}

async function hmacHeadersOf(session: Session, { webhookHmacSecret }: PhonePeCredentials) {
  if (webhookHmacSecret === undefined) return undefined;
  return {
    "x-phonepe-checksum-key-id": PLAIN_AGENT,
    "x-phonepe-checksum-signature": await session.ports.hmacSha256Hex(webhookHmacSecret, BODY),
  };
}
