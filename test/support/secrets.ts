/** Secrets of the tests' deployment: four merchants, keys of every kind. Published here, so worth nothing elsewhere. */
const ALL_SCOPES = [
  "payments:write",
  "payments:read",
  "refunds:write",
  "security:read",
  "security:write",
  "admin",
];

const phonepe = (name: string) => ({
  clientId: `CLIENT_${name.toUpperCase()}`,
  clientSecret: `client-secret-${name}`,
  clientVersion: 1,
  webhookUsername: `hook_${name}`,
  webhookPassword: `hookPassword${name}`,
});

export const TEST_KEYS = {
  /** Merchant `alpha`, every scope. */
  alpha: { keyId: "ak_alpha", secret: "secret-of-alpha" },
  /** The same merchant's next key, as after a rotation. */
  alphaNext: { keyId: "ak_alpha_next", secret: "next-secret-of-alpha" },
  alphaReader: { keyId: "ak_alpha_reader", secret: "reader-secret-of-alpha" },
  alphaRevoked: { keyId: "ak_alpha_revoked", secret: "revoked-secret-of-alpha" },
  beta: { keyId: "ak_beta", secret: "secret-of-beta" },
  /** Of merchant `gamma`, tier standard. */
  gamma: { keyId: "ak_gamma", secret: "secret-of-gamma" },
  gammaNext: { keyId: "ak_gamma_next", secret: "next-secret-of-gamma" },
  gammaReader: { keyId: "ak_gamma_reader", secret: "reader-secret-of-gamma" },
  gammaRevoked: { keyId: "ak_gamma_revoked", secret: "revoked-secret-of-gamma" },
  /** Of merchant `delta`, which has limits of its own and a web shop; tiers standard and enterprise. */
  delta: { keyId: "ak_delta", secret: "secret-of-delta" },
  deltaBig: { keyId: "ak_delta_big", secret: "big-secret-of-delta" },
} as const;

/** Web pages that may call with the keys of a merchant (HDR-4). */
export const TEST_ORIGINS = {
  alpha: "https://shop.alpha.example",
  /** With a port, as a browser sends it. */
  beta: "https://beta.example:8443",
} as const;

/** Merchant `alpha`'s own key pair: encrypted answers are opened with it. */
export const ALPHA_PRIVATE_JWK = {
  kty: "EC",
  crv: "P-256",
  x: "BQSukJstTNjKkqfQz7IrQT841pF5Afy4MnVQvBS1jsY",
  y: "bbN3ow-7HI5xSijkT6wfJvJEBNzMdYzzqugS51LEAYo",
  d: "1jn18YHhGbFDe5jsaCPZvSFB9JzW95PCmyqy3nqqRYM",
} as const;
const { d: _, ...ALPHA_PUBLIC_JWK } = ALPHA_PRIVATE_JWK;

const key = (
  { keyId, secret }: { keyId: string; secret: string },
  more: { scopes?: string[]; revoked?: boolean; tier?: string } = {},
) => ({ id: keyId, secret, scopes: ALL_SCOPES, tier: "enterprise", ...more });

/** The key of a merchant made by `testMerchant`. */
export const keyOf = (merchantId: string) => ({
  keyId: `ak_${merchantId}`,
  secret: `secret-of-${merchantId}`,
});

/** One more merchant, for an app of a test's own. */
export const testMerchant = (id: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id,
  apiKeys: [key(keyOf(id))],
  phonepe: phonepe(id),
  ...more,
});

export const TEST_BOOTSTRAP = JSON.stringify({
  merchants: [
    {
      id: "alpha",
      apiKeys: [
        key(TEST_KEYS.alpha),
        key(TEST_KEYS.alphaNext),
        key(TEST_KEYS.alphaReader, { scopes: ["payments:read"] }),
        key(TEST_KEYS.alphaRevoked, { revoked: true }),
      ],
      phonepe: phonepe("alpha"),
      origins: [TEST_ORIGINS.alpha],
      jwk: ALPHA_PUBLIC_JWK,
      risk: { mode: "enforce", blockCustomers: ["cust_blocked"] },
    },
    {
      id: "beta",
      apiKeys: [key(TEST_KEYS.beta)],
      origins: [TEST_ORIGINS.beta],
      phonepe: {
        ...phonepe("beta"),
        webhookHmacSecret: "hmac-secret-of-beta",
        webhookPrevious: {
          username: "old_hook_beta",
          password: "oldHookPasswordbeta",
          hmacSecret: "old-hmac-secret-of-beta",
        },
        saltKey: "salt-key-of-beta",
        saltIndex: 1,
      },
      razorpay: {
        keyId: "rzp_test_beta",
        keySecret: "razorpay-secret-of-beta",
        webhookSecret: "razorpay-hook-of-beta",
        webhookSecretPrevious: "old-razorpay-hook-of-beta",
      },
      webhooks: [
        {
          provider: "acme",
          header: "x-acme-signature",
          hash: "SHA-512",
          secret: "acme-secret",
          secretPrevious: "old-acme-secret",
        },
        { provider: "bolt", header: "X-Bolt-Mac", hash: "SHA-256", secret: "bolt-secret" },
      ],
    },
    {
      id: "gamma",
      apiKeys: [
        key(TEST_KEYS.gamma, { tier: "standard" }),
        key(TEST_KEYS.gammaNext, { tier: "standard" }),
        key(TEST_KEYS.gammaReader, { tier: "standard", scopes: ["payments:read"] }),
        key(TEST_KEYS.gammaRevoked, { tier: "standard", revoked: true }),
      ],
      phonepe: phonepe("gamma"),
    },
    {
      id: "delta",
      apiKeys: [key(TEST_KEYS.delta, { tier: "standard" }), key(TEST_KEYS.deltaBig)],
      phonepe: phonepe("delta"),
      origins: ["https://delta.example"],
      limits: {
        initiate: { quota: 4, windowSec: 60, burst: { quota: 2, windowSec: 1 } },
        read: { quota: 3, windowSec: 5 },
      },
    },
  ],
});

export const TEST_MASTER_KEYS = JSON.stringify({
  current: "k2",
  keys: {
    k1: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    k2: "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
  },
});
