/** Ports of the providers' clients, and of PhonePe's tokens. */
import { assert, type MerchantId, SECOND_MS, unreachable } from "#base";
import type { Provider, ProviderFor } from "#payments";
import {
  fetchPhonePeToken,
  makePhonePeClient,
  makeRazorpayClient,
  makeTokenSource,
  type PhonePeToken,
  phonePeTokenSchema,
  type TokenObjectDeps,
  type TokenResult,
  type TokenSource,
} from "#providers";
import { type EnvelopeContext, open, type PhonePeCredentials, rewrap, seal } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, random } from "../platform.ts";
import { guardedFor } from "./breakers.ts";
import { merchantsOf } from "./merchants.ts";

/** The clients that payments talk to providers with; each call is made with the credentials that count then. */
export function providerFor(env: Bindings): ProviderFor {
  return (merchantId, name) => {
    const { pgUrl, checkoutScriptUrl, razorpayUrl } = configOf(env);
    const line = { guarded: guardedFor(env, merchantId, name), nowMs: clock };
    switch (name) {
      case "phonepe":
        return perCall({ name, checkoutScriptUrl }, async () =>
          makePhonePeClient({
            ...line,
            pgUrl,
            checkoutScriptUrl,
            tokens: await tokenSourceOf(env, merchantId),
          }),
        );
      case "razorpay":
        return perCall({ name, checkoutScriptUrl: null }, async () =>
          makeRazorpayClient({
            ...line,
            url: razorpayUrl,
            credentials: (await merchantsOf(env).merchant(merchantId))?.razorpay,
          }),
        );
      default:
        return unreachable(name);
    }
  };
}

function perCall(
  face: Pick<Provider, "name" | "checkoutScriptUrl">,
  client: () => Promise<Provider>,
): Provider {
  return {
    ...face,
    pay: async (command) => (await client()).pay(command),
    orderStatus: async (id) => (await client()).orderStatus(id),
    refund: async (command) => (await client()).refund(command),
    refundStatus: async (query) => (await client()).refundStatus(query),
  };
}

/** Where a merchant's token comes from. */
export async function tokenSourceOf(env: Bindings, merchantId: MerchantId): Promise<TokenSource> {
  const client = await clientOf(env, merchantId);
  return makeTokenSource(tokenPorts(env, client), merchantId, client.scope);
}

function tokenPorts(env: Bindings, client: TokenClient) {
  return {
    nowMs: clock,
    async readCopy(merchantId: MerchantId) {
      const sealed = await env.TOKENS.get(copyName(merchantId, client));
      return sealed === null ? undefined : openToken(env, { merchantId, client }, sealed);
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
      const { credentials, scope } = await clientOf(env, merchantId);
      if (!credentials) return { ok: false, reason: "no_credentials" };
      const guarded = guardedFor(env, merchantId, "phonepe");
      const { oauthUrl } = config;
      const fetched = await fetchPhonePeToken({ guarded, oauthUrl, credentials, nowMs: clock });
      return fetched.ok ? { ok: true, token: { ...fetched.token, scope } } : fetched;
    },
    sealToken: async (merchantId, token) =>
      seal(config.keyring, tokenContext(merchantId, token), JSON.stringify(token)),
    openToken: async (merchantId, sealed) =>
      openToken(env, { merchantId, client: await clientOf(env, merchantId) }, sealed),
    rewrapToken: (merchantId, sealed) => rewrapToken(env, { merchantId, sealed }),
    learnGenerations: config.keyring.generations.learn,
    publishCopy: async (merchantId, sealed, expiresAtMs) =>
      env.TOKENS.put(copyName(merchantId, await clientOf(env, merchantId)), sealed, {
        // KV takes nothing shorter than a minute; an older token is refused by its own times.
        expirationTtl: Math.max(60, Math.floor((expiresAtMs - clock()) / SECOND_MS)),
      }),
  };
}

/** Whose token: one of another client is never taken for it, whichever credentials an isolate or object still knows. */
interface TokenClient {
  readonly credentials: PhonePeCredentials | undefined;
  readonly scope: string;
}

async function clientOf(env: Bindings, merchantId: MerchantId): Promise<TokenClient> {
  const credentials = (await merchantsOf(env).merchant(merchantId))?.phonepe;
  const { oauthUrl } = configOf(env);
  const { clientId, clientVersion } = credentials ?? {};
  return { credentials, scope: JSON.stringify([oauthUrl, clientId, clientVersion]) };
}

async function openToken(
  env: Bindings,
  { merchantId, client }: { readonly merchantId: MerchantId; readonly client: TokenClient },
  sealed: string,
): Promise<PhonePeToken | undefined> {
  const { scope } = client;
  const text = await open(configOf(env).keyring, tokenContext(merchantId, client), sealed);
  return text === undefined
    ? undefined
    : { ...phonePeTokenSchema().parse(JSON.parse(text)), scope };
}

async function rewrapToken(
  env: Bindings,
  { merchantId, sealed }: { readonly merchantId: MerchantId; readonly sealed: string },
): Promise<string | undefined> {
  const client = await clientOf(env, merchantId);
  return rewrap(configOf(env).keyring, tokenContext(merchantId, client), sealed);
}

/** A token opens only for the merchant, environment and client it was fetched for (GCM-4). */
function tokenContext(
  merchantId: MerchantId,
  { scope }: { readonly scope?: string | undefined },
): EnvelopeContext {
  assert(scope !== undefined, "a token has a client");
  return { purpose: "tokens", identity: [merchantId, "phonepe", scope] };
}

function copyName(merchantId: MerchantId, { credentials }: TokenClient): string {
  return `phonepe/${merchantId}/${credentials?.clientVersion ?? 0}`;
}
