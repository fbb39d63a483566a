/**
 * From the environment to ports: the only file that knows every room, and the only one with a real clock, a real
 * `fetch` and a console.
 */
import { version } from "../package.json";
import {
  type Clock,
  type Log,
  type MerchantId,
  randomId,
  SECOND_MS,
  sha256Hex,
  unreachable,
} from "#base";
import type { GateDeps } from "#door";
import {
  deliverNotification,
  isAllowedNotifyUrl,
  type LedgerDeps,
  type NotifierPorts,
} from "#events";
import type { HttpDeps, InitiateBody } from "#http";
import {
  claimName,
  type PaymentDeps,
  paymentObjectName,
  type ProviderFor,
  type RiskResult,
} from "#payments";
import {
  fetchPhonePeToken,
  fetchV1Status,
  makeOutbound,
  makePhonePeClient,
  makeTokenSource,
  type Outbound,
  type PhonePeToken,
  phonePeTokenSchema,
  readOtherWebhook,
  readPhonePeV1Webhook,
  readPhonePeWebhook,
  type TokenObjectDeps,
  type TokenResult,
} from "#providers";
import { decideRisk, fingerprintText } from "#risk";
import {
  type EnvelopeContext,
  keyedHash,
  type Merchant,
  open,
  otherWebhookSender,
  type PhonePeCredentials,
  seal,
  signNotification,
  webhookSender,
} from "#vault";
import { type Bindings, type Config, configOf } from "./env.ts";
import { wirePayloadKeys } from "./wire-payload-keys.ts";

export const clock: Clock = () => Date.now();

export const log: Log = (level, message, fields = {}) => {
  console[level](JSON.stringify({ level, message, ...fields }));
};

function random(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}

const outbound: Outbound = makeOutbound((url, init) => fetch(url, init));

const PHONEPE = "phonepe";

/** How the body of each scheme is read. */
const WEBHOOK_READERS = {
  phonepe_sha: readPhonePeWebhook,
  phonepe_hmac: readPhonePeWebhook,
  phonepe_v1: readPhonePeV1Webhook,
  hmac: readOtherWebhook,
} as const;

let http: { readonly env: object; readonly deps: HttpDeps } | undefined;

/** What the HTTP operations work with; made once per isolate. */
export function wireHttp(env: Bindings): HttpDeps {
  if (http?.env === env) return http.deps;
  const config = configOf(env);
  sayRefusedAddresses(config);
  const payment = (merchantId: MerchantId, orderId: string) =>
    env.PAYMENTS.getByName(paymentObjectName(merchantId, orderId));
  const deps: HttpDeps = {
    nowMs: clock,
    log,
    version,
    urlPolicy: config.environment,
    newRequestId: () => randomId("req"),
    apiKeys: config.directory.apiKeys,
    admit: (merchantId, request) => env.GATES.getByName(merchantId).admit(request),
    assessRisk: (merchant, body) => assessRisk(config, merchant, body),
    payments: {
      initiate: (command) => payment(command.merchantId, command.merchantOrderId).initiate(command),
      status: (merchantId, orderId, command) => payment(merchantId, orderId).status(command),
      refund: (command) => payment(command.merchantId, command.merchantOrderId).refund(command),
      refundStatus: (merchantId, orderId, { merchantRefundId, identity }) =>
        payment(merchantId, orderId).refundStatus(merchantRefundId, identity),
      webhook: (merchantId, orderId, hint) => payment(merchantId, orderId).webhook(hint),
      replayNotification: (merchantId, orderId, sequence) =>
        payment(merchantId, orderId).replayNotification(sequence),
      ownerOfOrderId: (merchantId, id) =>
        env.CLAIMS.getByName(claimName(merchantId, "order", id)).owner(),
    },
    webhooks: webhookPorts(env, config),
    payloadKeys: wirePayloadKeys(env, { nowMs: clock, log }),
    ledger: {
      keepUnmatched: (merchantId, webhook) =>
        env.LEDGERS.getByName(merchantId).keepUnmatched(webhook),
      unmatched: (merchantId) => env.LEDGERS.getByName(merchantId).unmatched(),
      silence: (merchantId) => env.LEDGERS.getByName(merchantId).silence(),
      parked: (merchantId) => env.LEDGERS.getByName(merchantId).parked(),
      unpark: (merchantId, orderId, sequence) =>
        env.LEDGERS.getByName(merchantId).unpark(orderId, sequence),
    },
  };
  http = { env, deps };
  return deps;
}

function webhookPorts(env: Bindings, config: Config): HttpDeps["webhooks"] {
  return {
    async authenticate(proof, { provider = PHONEPE, merchantId }) {
      const { directory } = config;
      const sender =
        provider === PHONEPE
          ? await webhookSender(directory, proof, merchantId)
          : await otherWebhookSender(directory, proof, { provider, merchantId });
      return sender && { merchantId: sender.merchant.id, scheme: sender.scheme, provider };
    },
    knows: (provider) => provider === PHONEPE || config.webhookProviders.has(provider),
    confirmUnmatched: (origin, webhook) => confirmUnmatched(env, origin, webhook),
    read: ({ scheme }, body) => WEBHOOK_READERS[scheme](body),
  };
}

/** An address is checked when it is set, beside every send: one merchant's mistake must not stop the others. */
function sayRefusedAddresses({ directory, environment }: Config): void {
  for (const { id: merchantId, notifyUrl } of directory.merchants.values()) {
    if (notifyUrl === undefined || isAllowedNotifyUrl(notifyUrl, environment)) continue;
    log("error", "notifyUrl is refused: nothing will be sent there", { merchantId });
  }
}

async function assessRisk(
  config: Config,
  merchant: Merchant,
  body: InitiateBody,
): Promise<RiskResult> {
  const decision = decideRisk(merchant.risk, { customerId: body.customer?.id });
  const text = fingerprintText(merchant.id, body.device ?? {});
  return {
    ...decision,
    reasons: [...decision.reasons],
    fingerprint: await keyedHash(config.keyring, "fingerprint", text),
    degraded: false,
  };
}

/** What a gate works with. */
export function wireGate(): GateDeps {
  return { nowMs: clock };
}

/** What a ledger works with. */
export function wireLedger(): LedgerDeps {
  return { nowMs: clock };
}

/** What a payment works with. */
export function wirePayments(env: Bindings): PaymentDeps {
  return {
    nowMs: clock,
    log,
    providerFor: providerFor(env),
    claim: (name, owner) => env.CLAIMS.getByName(name).claim(owner),
    random,
    deliver: (merchantId, notification) =>
      deliverNotification(notifierPorts(env), merchantId, notification),
    noteEnd: (merchantId, heard) => noteEnd(env, merchantId, heard),
    park: (merchantId, parked) => env.LEDGERS.getByName(merchantId).park(parked),
    answerBudgetMs: 8 * SECOND_MS,
    sameKeyBudgetMs: 10 * SECOND_MS,
  };
}

/** Only v1 callbacks name payments of other systems for sure: v2 orders that are not ours are not asked about. */
async function confirmUnmatched(
  env: Bindings,
  { merchantId, scheme }: { readonly merchantId: MerchantId; readonly scheme: string },
  webhook: { readonly eventKey: string; readonly orderId: string },
): Promise<void> {
  const config = configOf(env);
  const {
    merchantId: phonePeMerchantId,
    saltKey,
    saltIndex = 1,
  } = phonePeOf(config, merchantId) ?? {};
  if (scheme !== "phonepe_v1" || !phonePeMerchantId || !saltKey) return;
  const { v1Url } = config;
  const options = { outbound, v1Url, phonePeMerchantId, saltKey, saltIndex };
  const status = await fetchV1Status(options, webhook.orderId);
  if (status.type === "unreachable") {
    log("warn", "v1 status not read", { merchantId, reason: status.reason });
    return;
  }
  await env.LEDGERS.getByName(merchantId).confirmUnmatched(webhook.eventKey, status.code);
}

/** One isolate reports ends that webhooks told of at most once a minute per merchant: more of them say nothing new. */
const HEARD_REPORT_EVERY_MS = 60 * SECOND_MS;
const heardReportedAtMs = new Map<MerchantId, number>();

async function noteEnd(env: Bindings, merchantId: MerchantId, heard: boolean): Promise<void> {
  const nowMs = clock();
  const lastMs = heardReportedAtMs.get(merchantId) ?? 0;
  if (heard && nowMs - lastMs < HEARD_REPORT_EVERY_MS) return;
  if (heard) heardReportedAtMs.set(merchantId, nowMs);
  const { silentSinceMs } = await env.LEDGERS.getByName(merchantId).noteEnd(heard);
  if (silentSinceMs !== null) log("error", "webhook_silence", { merchantId, silentSinceMs });
}

function notifierPorts(env: Bindings): NotifierPorts {
  const config = configOf(env);
  const ledger = (merchantId: MerchantId) => env.LEDGERS.getByName(merchantId);
  return {
    nowMs: clock,
    policy: config.environment,
    endpointOf(merchantId) {
      const merchant = config.directory.merchants.get(merchantId);
      if (!merchant?.notifyUrl || !merchant.notifySecret) return undefined;
      const { notifyUrl, notifySecret, notifySecretPrevious } = merchant;
      return {
        url: notifyUrl,
        secrets: [notifySecret, ...(notifySecretPrevious ? [notifySecretPrevious] : [])],
      };
    },
    sign: signNotification,
    post: (request) => outbound({ method: "POST", ...request }),
    isOff: async (merchantId, url) => ledger(merchantId).endpointGone(await sha256Hex(url)),
    turnOff: async (merchantId, url) => ledger(merchantId).turnEndpointOff(await sha256Hex(url)),
  };
}

function providerFor(env: Bindings): ProviderFor {
  return (merchantId, name) => {
    const config = configOf(env);
    switch (name) {
      case "phonepe":
        return makePhonePeClient({
          outbound,
          nowMs: clock,
          pgUrl: config.pgUrl,
          checkoutScriptUrl: config.checkoutScriptUrl,
          tokens: makeTokenSource(
            tokenPorts(env, config),
            merchantId,
            tokenScope(config, merchantId),
          ),
        });
      default:
        return unreachable(name);
    }
  };
}

function tokenPorts(env: Bindings, config: Config) {
  return {
    nowMs: clock,
    async readCopy(merchantId: MerchantId) {
      const sealed = await env.TOKENS.get(copyName(config, merchantId));
      return sealed === null ? undefined : openToken(config, merchantId, sealed);
    },
    async ask(merchantId: MerchantId, refusedAccessToken: string | null): Promise<TokenResult> {
      try {
        return await env.PHONEPE_TOKENS.getByName(merchantId).token(refusedAccessToken);
      } catch {
        // An object that is overloaded or being moved: a client without a token has sent nothing.
        return { ok: false, reason: "token_object" };
      }
    },
  };
}

/** What a token object works with. */
export function wireTokens(env: Bindings): TokenObjectDeps {
  const config = configOf(env);
  return {
    nowMs: clock,
    log,
    random,
    fetchToken: async (merchantId) => {
      const credentials = phonePeOf(config, merchantId);
      if (!credentials) return { ok: false, reason: "no_credentials" };
      return fetchPhonePeToken({ outbound, oauthUrl: config.oauthUrl, credentials, nowMs: clock });
    },
    sealToken: (merchantId, token) =>
      seal(config.keyring, tokenContext(config, merchantId), JSON.stringify(token)),
    openToken: (merchantId, sealed) => openToken(config, merchantId, sealed),
    publishCopy: (merchantId, sealed, expiresAtMs) =>
      env.TOKENS.put(copyName(config, merchantId), sealed, {
        // KV takes nothing shorter than a minute; an older token is refused by its own times.
        expirationTtl: Math.max(60, Math.floor((expiresAtMs - clock()) / SECOND_MS)),
      }),
  };
}

async function openToken(
  config: Config,
  merchantId: MerchantId,
  sealed: string,
): Promise<PhonePeToken | undefined> {
  const text = await open(config.keyring, tokenContext(config, merchantId), sealed);
  return text === undefined ? undefined : phonePeTokenSchema().parse(JSON.parse(text));
}

/** A token opens only for the merchant, environment and client it was fetched for (GCM-4). */
function tokenContext(config: Config, merchantId: MerchantId): EnvelopeContext {
  return { purpose: "tokens", identity: [merchantId, "phonepe", tokenScope(config, merchantId)] };
}

function tokenScope(config: Config, merchantId: MerchantId): string {
  const credentials = phonePeOf(config, merchantId);
  return JSON.stringify([config.oauthUrl, credentials?.clientId, credentials?.clientVersion]);
}

function copyName(config: Config, merchantId: MerchantId): string {
  return `phonepe/${merchantId}/${phonePeOf(config, merchantId)?.clientVersion ?? 0}`;
}

function phonePeOf(config: Config, merchantId: MerchantId): PhonePeCredentials | undefined {
  return config.directory.merchants.get(merchantId)?.phonepe;
}
