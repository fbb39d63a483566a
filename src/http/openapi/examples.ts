/** Examples of the document. A test holds each against the schema it stands for. */
import { KEPT_AFTER_ERASURE, KEPT_OF_A_CUSTOMER } from "../customer-places.ts";

const SECURITY = {
  requestId: "req_3q2-7wAAAAAAAAAAAAAAAA",
  keyId: "ak_test_01",
  riskScore: 7,
  riskDecision: "allow",
  riskReasons: [],
  fingerprint: "b1946ac92492d2347c6235b4d2611184",
  degraded: false,
  configVersion: 3,
} as const;

const PAY_URL = "https://mercury-uat.phonepe.com/transact/uat_v2?token=eyJ";

const PENDING = {
  paymentId: "pay_9hK2xQ7rT1uV5wY8zA3bCd",
  merchantOrderId: "order-1001",
  state: "PENDING",
  amount: 49_900,
  currency: "INR",
  provider: "phonepe",
  redirectUrl: PAY_URL,
  checkout: {
    script: "https://mercury.phonepe.com/web/bundle/checkout.js",
    url: PAY_URL,
    mode: "iframe",
  },
  expireAt: 1_795_600_900_000,
  createdAt: 1_795_600_000_000,
  security: SECURITY,
} as const;

const { redirectUrl: _url, checkout: _checkout, security: _security, ...ENDED } = PENDING;

const REFUND_ENTRY = {
  merchantRefundId: "refund-1001-1",
  merchantOrderId: "order-1001",
  state: "PENDING",
  amount: 10_000,
  providerRefundId: "OMR2511241030001",
  reason: "one item came broken",
  createdAt: 1_795_603_600_000,
} as const;

const STATUS = {
  ...ENDED,
  state: "COMPLETED",
  capturedAmount: 49_900,
  refundedAmount: 0,
  errorCode: null,
  detailedErrorCode: null,
  attempts: [
    {
      n: 1,
      provider: "phonepe",
      providerOrderId: "order-1001",
      state: "CAPTURED",
      createdAt: 1_795_600_000_000,
      paymentDetails: [{ paymentMode: "UPI_QR", state: "COMPLETED", amount: 49_900 }],
    },
  ],
  refunds: [REFUND_ENTRY],
  timeline: [
    {
      at: 1_795_600_000_000,
      event: "payment",
      from: null,
      to: "INITIATING",
      cause: "initiate",
    },
  ],
  confirmedBy: "status_api",
  updatedAt: 1_795_603_600_000,
} as const;

const NEW_KEY = {
  id: "ak_Zm9vcHJvb2YtZXhhbXBsZQ",
  secret: "c2hvd24gb25jZSwgYW5kIG5ldmVyIGFnYWlu",
  name: "checkout server",
  scopes: ["payments:write", "payments:read", "refunds:write"],
  tier: "standard",
  allowIps: ["203.0.113.0/24"],
  state: "active",
  createdAt: 1_795_600_000_000,
  expiresAt: null,
  rotateAt: 1_803_376_000_000,
  predecessor: null,
} as const;

const { secret: _secret, ...KNOWN_KEY } = NEW_KEY;

export const EXAMPLES = {
  initiate: {
    smallest: { amount: 49_900, redirectUrl: "https://shop.example/return" },
    usual: {
      merchantOrderId: "order-1001",
      amount: 49_900,
      redirectUrl: "https://shop.example/return/order-1001",
      expireAfter: 900,
      metaInfo: { udf1: "basket 77" },
      customer: { id: "cust-42", phone: "+919999999999" },
      device: { ip: "203.0.113.7", userAgent: "Mozilla/5.0" },
      paymentModeConfig: { enabledPaymentModes: [{ type: "UPI_QR" }, { type: "CARD" }] },
    },
  },
  refund: {
    part: {
      merchantRefundId: "refund-1001-1",
      merchantOrderId: "order-1001",
      amount: 10_000,
      reason: "one item came broken",
    },
  },
  createApiKey: {
    defaults: {},
    narrow: { name: "reports", scopes: ["payments:read"], allowIps: ["203.0.113.0/24"] },
  },
  rotateApiKey: { defaults: {}, week: { overlapHours: 168 } },
  phonepeWebhook: {
    "PhonePe v2": {
      event: "checkout.order.completed",
      payload: { merchantOrderId: "order-1001", state: "COMPLETED", amount: 49_900 },
    },
  },
  providerWebhook: {
    "any provider": { event: "order.paid", payload: { id: "order-1001" } },
  },
  payment: PENDING,
  initiating: { ...ENDED, state: "INITIATING", security: SECURITY },
  status: { ...STATUS, security: SECURITY },
  refundAnswer: { ...REFUND_ENTRY, security: SECURITY },
  notification: {
    type: "payment.completed",
    timestamp: "2026-11-25T10:00:00.000Z",
    sequence: 3,
    data: STATUS,
  },
  webhookAccepted: { accepted: true, duplicate: false },
  webhookEvents: {
    events: [
      {
        at: 1_795_600_000_000,
        provider: "phonepe",
        event: "checkout.order.completed",
        state: "COMPLETED",
        orderId: "from-the-old-system",
        refundId: null,
        confirmedState: "COMPLETED",
        matched: false,
      },
    ],
    alerts: [],
  },
  parked: {
    notifications: [
      {
        merchantOrderId: "order-1001",
        sequence: 3,
        type: "payment.completed",
        reason: "no 2xx for 72 hours",
        parkedAt: 1_795_860_000_000,
      },
    ],
  },
  beginRestore: {
    newest: { token: "the deployment's RESTORE_TOKEN, 32 characters or more" },
    named: {
      token: "the deployment's RESTORE_TOKEN, 32 characters or more",
      manifest: "manifests/2026-11-24T18:17:00.000Z-run_9hK2xQ7rT1uV5wY8zA3bCd",
    },
  },
  restoreProgress: {
    restore: {
      state: "restoring",
      manifest: "manifests/2026-11-24T18:17:00.000Z-run_9hK2xQ7rT1uV5wY8zA3bCd",
      startedAt: 1_795_600_000_000,
      endedAt: null,
      chunks: { done: 12, of: 45 },
      payments: { restored: 2_750, known: 3, conflicts: 0, failed: 0 },
      fault: null,
    },
  },
  replayed: { replayed: true },
  auditPage: {
    entries: [
      {
        sequence: 4_712,
        hash: "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a",
        loggedAt: 1_795_600_000_400,
        event: {
          id: "api_key/ak_test_01/revoked",
          at: 1_795_600_000_000,
          actor: { type: "api_key", id: "ak_test_02" },
          action: "api_key.revoked",
          object: { type: "api_key", id: "ak_test_01" },
          outcome: "success",
          requestId: "req_c2FtcGxlLXJlcXVlc3Q",
          address: "203.0.113.7",
          details: { reason: "laptop lost" },
        },
      },
    ],
    cursor: "4712",
  },
  auditKeys: {
    merchantId: "demo",
    keys: [
      {
        kty: "OKP",
        crv: "Ed25519",
        x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        use: "sig",
        alg: "EdDSA",
        createdAt: 1_795_500_000_000,
      },
    ],
    head: {
      segment: 12,
      headHash: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      lastSequence: 4_700,
      lastHash: "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
    },
  },
  health: { status: "ok", version: "0.1.0" },
  jwks: {
    keys: [
      {
        kid: "enc-2026-11",
        use: "enc",
        alg: "ECDH-ES+A256KW",
        kty: "EC",
        crv: "P-256",
        x: "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        y: "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
      },
    ],
  },
  newApiKey: NEW_KEY,
  rotatedApiKey: {
    ...NEW_KEY,
    predecessor: "ak_test_01",
    predecessorEndsAt: 1_795_686_400_000,
  },
  apiKeys: { apiKeys: [{ ...KNOWN_KEY, source: "api", endsAt: null, successor: null }] },
  customerExport: {
    customerId: "customer-17",
    erasedAt: null,
    payments: [
      {
        merchantOrderId: "order-1001",
        paymentId: "pay_2m8nQw0Zr5tYb3kLx9cVdA",
        state: "COMPLETED",
        amount: 49_900,
        createdAt: 1_795_600_000_000,
        erasedAt: null,
        customer: "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92",
        redirectUrl: "https://shop.example/return",
        riskScore: 0,
        riskReasons: [],
        personal: {
          message: "Two tickets",
          metaInfo: { udf1: "seat 4A" },
          contentHash: "5d41402abc4b2a76b9719d911017c592aa4b2c7d9ef0b1a3c5d7e9f102132435",
          fingerprint: null,
          network: null,
          paymentDetails: [{ provider: "phonepe", details: [{ paymentMode: "UPI_INTENT" }] }],
          refundReasons: [],
          notifications: [],
          keptAnswers: [],
        },
      },
    ],
    next: null,
    places: KEPT_OF_A_CUSTOMER,
  },
  customerErased: {
    customerId: "customer-17",
    erasedAt: 1_795_600_000_000,
    payments: 1,
    pending: 0,
    kept: KEPT_AFTER_ERASURE,
  },
  revokedApiKey: { id: "ak_test_01", revoked: true, revokedAt: 1_795_600_000_000 },
} as const;
