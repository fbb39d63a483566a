/** Examples of a merchant's settings. A test holds each against the schema it stands for. */

const CONFIG = {
  notifyUrl: "https://shop.example/hooks/payments",
  origins: ["https://shop.example"],
  allowIps: ["203.0.113.0/24"],
  routing: { bands: [], weights: {}, primary: "phonepe", failover: true },
  limits: { initiate: { quota: 100, windowSec: 10, burst: { quota: 40, windowSec: 1 } } },
  requireEncryption: false,
  risk: { mode: "enforce", blockCustomers: [] },
} as const;

const CHANGED = {
  version: 4,
  source: "vault",
  changedAt: 1_795_600_000_000,
  changedBy: "ak_test_01",
  reason: "new shop server",
  rolledBackTo: null,
} as const;

const CREDENTIAL = {
  name: "phonepe",
  version: 2,
  source: "vault",
  setAt: 1_795_600_000_000,
  setBy: "ak_test_01",
  reason: "yearly change",
  accepted: [{ version: 1, until: 1_795_686_400_000 }],
} as const;

export const SETTINGS_EXAMPLES = {
  putConfig: {
    smallest: { config: {}, reason: "back to defaults", expectedVersion: 3 },
    usual: { config: CONFIG, reason: "new shop server", expectedVersion: 3 },
  },
  rollBackConfig: {
    usual: { toVersion: 2, reason: "the new server is down", expectedVersion: 4 },
  },
  putCredential: {
    phonepe: {
      value: {
        clientId: "SU2511",
        clientSecret: "…",
        clientVersion: 2,
        webhookUsername: "hook",
        webhookPassword: "…",
      },
      reason: "yearly change",
    },
    "leaked secret": {
      value: { header: "x-acme-signature", hash: "SHA-512", secret: "…" },
      reason: "it stood in a log",
      overlapHours: 0,
    },
  },
  configuration: { merchantId: "demo", ...CHANGED, config: CONFIG },
  configHistory: {
    versions: [
      {
        ...CHANGED,
        changes: [{ path: "/notifyUrl", from: "https://old.example/hook", to: CONFIG.notifyUrl }],
      },
    ],
    next: null,
  },
  credential: CREDENTIAL,
  credentials: { credentials: [CREDENTIAL] },
} as const;
