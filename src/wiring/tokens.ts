/** Ports of the providers' clients, and of PhonePe's tokens. */
import { type MerchantId, SECOND_MS, unreachable } from "#base";
import type { ProviderFor } from "#payments";
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
import { type Bindings, type Config, configOf } from "../env.ts";
import { clock, log, random } from "../platform.ts";
import { guardedFor } from "./breakers.ts";

/** The clients that payments talk to providers with. */
export function providerFor(env: Bindings): ProviderFor {
  return (merchantId, name) => {
    const config = configOf(env);
    switch (name) {
      case "phonepe":
        return makePhonePeClient({
          guarded: guardedFor(env, merchantId, name),
          nowMs: clock,
          pgUrl: config.pgUrl,
          checkoutScriptUrl: config.checkoutScriptUrl,
          tokens: tokenSourceOf(env, merchantId),
        });
      case "razorpay":
        return makeRazorpayClient({
          guarded: guardedFor(env, merchantId, name),
          nowMs: clock,
          url: config.razorpayUrl,
          credentials: config.directory.merchants.get(merchantId)?.razorpay,
        });
      default:
        return unreachable(name);
    }
  };
}

/** Where a merchant's token comes from. */
export function tokenSourceOf(env: Bindings, merchantId: MerchantId): TokenSource {
  const config = configOf(env);
  return makeTokenSource(tokenPorts(env, config), merchantId, tokenScope(config, merchantId));
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
      const guarded = guardedFor(env, merchantId, "phonepe");
      const { oauthUrl } = config;
      return fetchPhonePeToken({ guarded, oauthUrl, credentials, nowMs: clock });
    },
    sealToken: (merchantId, token) =>
      seal(config.keyring, tokenContext(config, merchantId), JSON.stringify(token)),
    openToken: (merchantId, sealed) => openToken(config, merchantId, sealed),
    rewrapToken: (merchantId, sealed) =>
      rewrap(config.keyring, tokenContext(config, merchantId), sealed),
    learnGenerations: config.keyring.generations.learn,
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

export function phonePeOf(config: Config, merchantId: MerchantId): PhonePeCredentials | undefined {
  return config.directory.merchants.get(merchantId)?.phonepe;
}
