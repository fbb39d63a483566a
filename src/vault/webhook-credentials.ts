/**
 * Whose webhook is this? One table of schemes (contract.md 6.2, 6.8); a request is judged by the strongest scheme
 * that its headers name and the merchant has a credential for. Every credential of every candidate is compared, in
 * constant time, so that the time taken does not tell which one fits. Two may be valid at once: a password cannot
 * be changed at PhonePe, only replaced (PP-11).
 */
import { equalInConstantTime, type MerchantId, sha256Hex, utf8 } from "#base";
import type { Merchant, Merchants, PhonePeCredentials } from "./merchants.ts";

export interface WebhookProof {
  readonly headers: Headers;
  /** As received: two of the three schemes sign it. */
  readonly rawBody: Uint8Array<ArrayBuffer>;
}

type WebhookScheme = "phonepe_sha" | "phonepe_hmac" | "phonepe_v1" | "razorpay" | "hmac";

type Expected = readonly string[] | undefined;

interface SchemeRow {
  readonly scheme: WebhookScheme;
  readonly headers: readonly string[];
  /**
   * What the header would say if it came from this merchant: one text per valid credential, none when the body
   * has nothing to sign. `undefined` when the merchant has no credential of the scheme.
   */
  expected(credentials: PhonePeCredentials, proof: WebhookProof): Promise<Expected>;
}

/** In order: the schemes that cover the body come first, so that a header of the weaker one cannot replace them. */
const SCHEMES: readonly SchemeRow[] = [
  { scheme: "phonepe_v1", headers: ["x-verify"], expected: expectedV1 },
  {
    scheme: "phonepe_hmac",
    headers: ["x-phonepe-checksum-signature", "phonepe-checksum-signature"],
    expected: expectedHmac,
  },
  { scheme: "phonepe_sha", headers: ["authorization"], expected: expectedSha },
];

export interface WebhookSender {
  readonly merchant: Merchant;
  readonly scheme: WebhookScheme;
  /** The list of another provider's webhook, where it has one. */
  readonly allowIps?: Merchant["allowIps"];
}

/** Whose webhooks may come: those with credentials. */
interface Candidates {
  readonly merchants: Merchants;
}

/** The merchant whose PhonePe credentials the webhook carries; with `merchantId` only that merchant's count. */
export async function webhookSender(
  { merchants }: Candidates,
  proof: WebhookProof,
  merchantId?: MerchantId,
): Promise<WebhookSender | undefined> {
  const rows = SCHEMES.filter(({ headers }) => headers.some((name) => proof.headers.has(name)));
  let sender: WebhookSender | undefined;
  for (const merchant of merchants.values()) {
    if (!merchant.phonepe || (merchantId !== undefined && merchant.id !== merchantId)) continue;
    const scheme = await schemeThatHolds(rows, merchant.phonepe, proof);
    if (scheme) sender ??= { merchant, scheme };
  }
  return sender;
}

interface HmacRow extends HmacWebhook {
  readonly scheme: "razorpay" | "hmac";
}

type HmacWebhook = Merchant["webhooks"][number];

/** All webhooks of a merchant that are signed with an HMAC: the ones it names, and Razorpay's. */
function hmacRowsOf({ webhooks, razorpay }: Merchant): HmacRow[] {
  const named = webhooks.map((webhook) => ({ ...webhook, scheme: "hmac" as const }));
  if (!razorpay) return named;
  return [
    ...named,
    {
      scheme: "razorpay",
      provider: "razorpay",
      header: "x-razorpay-signature",
      hash: "SHA-256",
      secret: razorpay.webhookSecret,
      secretPrevious: razorpay.webhookSecretPrevious,
      allowIps: razorpay.webhookIps,
    },
  ];
}

/** The providers beside PhonePe whose webhooks some merchant expects. */
export function webhookProvidersOf({ merchants }: Candidates): Set<string> {
  const all = [...merchants.values()].flatMap(hmacRowsOf);
  return new Set(all.map(({ provider }) => provider));
}

/**
 * The merchant whose secret signed another provider's webhook: HMAC-SHA256 or HMAC-SHA512 of the raw body, hex, in
 * the header that is Razorpay's or that the merchant's configuration names.
 */
export async function otherWebhookSender(
  { merchants }: Candidates,
  proof: WebhookProof,
  {
    provider,
    merchantId,
  }: { readonly provider: string; readonly merchantId?: MerchantId | undefined },
): Promise<WebhookSender | undefined> {
  let sender: WebhookSender | undefined;
  for (const merchant of merchants.values()) {
    if (merchantId !== undefined && merchant.id !== merchantId) continue;
    for (const webhook of hmacRowsOf(merchant)) {
      const given = proof.headers.get(webhook.header)?.trim().toLowerCase();
      if (webhook.provider !== provider || given === undefined) continue;
      const secrets = [webhook.secret, ...(webhook.secretPrevious ?? [])];
      const fits = await Promise.all(
        secrets.map(async (secret) =>
          equalInConstantTime(given, await hmacHex(webhook.hash, secret, proof.rawBody)),
        ),
      );
      const { scheme, allowIps } = webhook;
      if (fits.includes(true)) sender ??= { merchant, scheme, allowIps };
    }
  }
  return sender;
}

/** The strongest scheme that request and merchant have in common is the one that counts. */
async function schemeThatHolds(
  rows: readonly SchemeRow[],
  credentials: PhonePeCredentials,
  proof: WebhookProof,
): Promise<WebhookScheme | undefined> {
  for (const row of rows) {
    const expected = await row.expected(credentials, proof);
    if (!expected) continue;
    const given = givenText(row, proof.headers);
    const fits = await Promise.all(expected.map((text) => equalInConstantTime(given, text)));
    return fits.includes(true) ? row.scheme : undefined;
  }
  return undefined;
}

/** Hex in either case (contract.md 6.2). */
function givenText(row: SchemeRow, headers: Headers): string {
  const name = row.headers.find((one) => headers.has(one)) ?? "";
  return (headers.get(name) ?? "").trim().toLowerCase();
}

/** SHA mode: `sha256(username:password)`. Constant, it does not cover the body: what it says is a hint (I4). */
async function expectedSha(credentials: PhonePeCredentials): Promise<Expected> {
  const { webhookUsername, webhookPassword, webhookPrevious = [] } = credentials;
  const pairs = [
    [webhookUsername, webhookPassword],
    ...webhookPrevious.map(({ username, password }) => [username, password]),
  ];
  const known = pairs.filter(([username, password]) => username && password);
  return Promise.all(known.map(([username, password]) => sha256Hex(`${username}:${password}`)));
}

/** HMAC mode: HMAC-SHA256 of the raw body, hex. */
async function expectedHmac(
  credentials: PhonePeCredentials,
  proof: WebhookProof,
): Promise<Expected> {
  const { webhookHmacSecret, webhookPrevious = [] } = credentials;
  const secrets = [
    webhookHmacSecret,
    ...webhookPrevious.map(({ hmacSecret }) => hmacSecret),
  ].filter((secret) => secret !== undefined);
  if (secrets.length === 0) return undefined;
  return Promise.all(secrets.map((secret) => hmacHex("SHA-256", secret, proof.rawBody)));
}

/** v1: `sha256(response + saltKey)###saltIndex`, where `response` is the base64 text inside the body. */
async function expectedV1(credentials: PhonePeCredentials, proof: WebhookProof): Promise<Expected> {
  const salts = [credentials, ...(credentials.webhookPrevious ?? [])].filter(
    ({ saltKey }) => saltKey !== undefined,
  );
  if (salts.length === 0) return undefined;
  const response = v1Response(proof.rawBody);
  if (response === undefined) return [];
  return Promise.all(
    salts.map(
      async ({ saltKey, saltIndex = 1 }) =>
        `${await sha256Hex(`${response}${saltKey}`)}###${saltIndex}`,
    ),
  );
}

function v1Response(rawBody: Uint8Array): string | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(rawBody));
    const isObject = typeof body === "object" && body !== null;
    const response: unknown = isObject && "response" in body ? body.response : undefined;
    return typeof response === "string" ? response : undefined;
  } catch {
    return undefined; // Not JSON: it carries no checksum of ours.
  }
}

/** HMAC over raw bytes as lower-case hex, in either of the hashes that providers use. */
export async function hmacHex(
  hash: "SHA-256" | "SHA-512",
  secret: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, body)).toHex();
}
