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

const key = (
  { keyId, secret }: { keyId: string; secret: string },
  more: { scopes?: string[]; revoked?: boolean; tier?: string } = {},
) => ({ id: keyId, secret, scopes: ALL_SCOPES, tier: "enterprise", ...more });

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
      risk: { mode: "enforce", blockCustomers: ["cust_blocked"] },
    },
    {
      id: "beta",
      apiKeys: [key(TEST_KEYS.beta)],
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
