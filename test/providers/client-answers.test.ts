import { describe, expect, it } from "vitest";
import type { OutboundResult } from "../../src/providers/outbound.ts";
import { example, exampleNames, statusOfExample } from "./examples.ts";
import { AMOUNT, answer, makeLine, NOW_MS, ORDER_ID, PAY, REFUND, REFUND_ID } from "./fake-line.ts";

const of = (name: string): OutboundResult => answer(statusOfExample(name), example(name));
const pay = (...script: OutboundResult[]) => makeLine(script).client.pay(PAY);
const refund = (...script: OutboundResult[]) => makeLine(script).client.refund(REFUND);
const orderStatus = (result: OutboundResult) => makeLine([result]).client.orderStatus(ORDER_ID);
const refundStatus = (result: OutboundResult) => makeLine([result]).client.refundStatus(REFUND);

/** What the network, proxies and outages answer instead of PhonePe. */
const NOISE: readonly (readonly [string, OutboundResult])[] = [
  ["a time-out", { type: "no_answer", reason: "timeout" }],
  ["a broken connection", { type: "no_answer", reason: "network" }],
  ["an answer beyond all size", { type: "no_answer", reason: "too_large" }],
  ["500 with PhonePe's body", of("error-internal-server-error")],
  ["502 with HTML", answer(502, "<html>Bad Gateway</html>")],
  ["503 with R999", answer(503, "R999")],
  ["504 with nothing", answer(504, "")],
  ["408", answer(408, "")],
  ["a redirect", answer(302, "")],
  ["200 with HTML", answer(200, "<html>Welcome</html>")],
  ["200 with nothing", answer(200, "")],
  ["200 cut short", answer(200, '{"orderId":"OMO1","state":"PEND')],
  ["200 with null", answer(200, "null")],
  ["200 with a list", answer(200, "[]")],
  ["200 with {}", answer(200, "{}")],
];

describe("pay", () => {
  it("contract.md 3.3: PhonePe's example is accepted, its URL unmodified (UAT-17)", async () => {
    const given = example("pay-response");
    expect(await pay(of("pay-response"))).toEqual({
      type: "accepted",
      providerRef: "OMO2609301215301234567890",
      payUrl: Object(given)["redirectUrl"],
      expiresAtMs: 1_790_751_630_000,
    });
  });

  it.each(["1790751630000", null, undefined, -1, 1.5])(
    "CF-06: with an expireAt of %s the expiry that was asked for counts",
    async (expireAt) => {
      const body = { orderId: "OMO1", redirectUrl: "https://pay.example/x", expireAt };
      expect(await pay(answer(200, body))).toMatchObject({ expiresAtMs: NOW_MS + 900_000 });
    },
  );

  it.each(NOISE)(
    "contract.md 7.4: %s leaves it unknown whether an order exists",
    async (_, noise) => {
      expect(await pay(noise)).toMatchObject({ type: "unknown" });
    },
  );

  it.each([
    "error-duplicate-order-417",
    "error-duplicate-order-417-merchant-order-id",
    "error-duplicate-order-already-exists",
  ])("CF-01: %s means that the order exists", async (name) => {
    expect(await pay(of(name))).toEqual({ type: "exists" });
  });

  it.each(["error-bad-request", "error-bad-request-with-context", "error-duplicate-order-400"])(
    "CF-01: %s may mean either, so the status API is asked",
    async (name) => {
      expect(await pay(of(name), of("order-status-pending-no-attempt"))).toEqual({
        type: "exists",
      });
      expect(await pay(of(name), of("error-not-found-order"))).toEqual({
        type: "rejected",
        code: "BAD_REQUEST",
      });
      for (const [, noise] of NOISE) {
        expect(await pay(of(name), noise)).toEqual({
          type: "unknown",
          reason: "refused_unconfirmed",
        });
      }
    },
  );

  it.each([
    ["error-forbidden", "FORBIDDEN"],
    ["error-api-mapping-not-found", "404"],
  ])("contract.md 7.2: %s is a refusal for good", async (name, code) => {
    expect(await pay(of(name))).toEqual({ type: "rejected", code });
  });

  it("contract.md 7.2: a refusal without a body has its status as code", async () => {
    expect(await pay(answer(403, "<html>"))).toEqual({ type: "rejected", code: "HTTP_403" });
  });

  it("contract.md 7.2: 429 made nothing", async () => {
    expect(await pay(of("error-too-many-requests"))).toEqual({
      type: "not_sent",
      reason: "http_429",
    });
  });

  it.each([
    { redirectUrl: "https://p.example" },
    { orderId: "OMO1" },
    { orderId: 7, redirectUrl: "x" },
  ])("contract.md 7.4: a 200 that lacks what matters (%j) leaves it unknown", async (body) => {
    expect(await pay(answer(200, body))).toEqual({ type: "unknown", reason: "malformed_answer" });
  });
});

/** What each example of an order says. */
const ORDERS: Record<string, { state: string; errorCode?: string; attempts: number }> = {
  "order-status-completed-upi": { state: "COMPLETED", attempts: 1 },
  "order-status-completed-upi-intent": { state: "COMPLETED", attempts: 1 },
  "order-status-completed-card": { state: "COMPLETED", attempts: 1 },
  "order-status-completed-debit-card": { state: "COMPLETED", attempts: 1 },
  "order-status-completed-netbanking": { state: "COMPLETED", attempts: 1 },
  "order-status-completed-split": { state: "COMPLETED", attempts: 1 },
  "order-status-completed-multi-attempt": { state: "COMPLETED", attempts: 2 },
  "order-status-failed": { state: "FAILED", errorCode: "INVALID_MPIN", attempts: 1 },
  "order-status-failed-errorcontext": { state: "FAILED", errorCode: "INVALID_MPIN", attempts: 1 },
  "order-status-failed-card": { state: "FAILED", errorCode: "AUTHENTICATION_FAILED", attempts: 1 },
  "order-status-failed-expired": { state: "EXPIRED", errorCode: "TXN_NOT_COMPLETED", attempts: 0 },
  "order-status-failed-cancelled-by-user": {
    state: "FAILED",
    errorCode: "TXN_CANCELLED",
    attempts: 1,
  },
  "order-status-pending-no-attempt": { state: "PENDING", attempts: 0 },
  "order-status-pending-attempt": { state: "PENDING", attempts: 1 },
  "order-status-pending-failed-attempt": { state: "PENDING", attempts: 1 },
  "order-status-minimal": { state: "COMPLETED", attempts: 1 },
  "order-status-unknown-fields": { state: "COMPLETED", attempts: 1 },
  "order-status-with-settlement": { state: "COMPLETED", attempts: 1 },
};

describe("order status", () => {
  it("contract.md 4.2: every example of an order is among these", () => {
    expect(exampleNames("order-status").toSorted()).toEqual(Object.keys(ORDERS).toSorted());
  });

  it.each(Object.entries(ORDERS))(
    "UAT-31: %s is read by its root state",
    async (name, expected) => {
      const outcome = await orderStatus(of(name));
      expect(outcome).toMatchObject({
        type: "found",
        report: {
          state: expected.state,
          amountPaisa: AMOUNT,
          providerRef: "OMO2609301215301234567890",
          expiresAtMs: 1_790_751_630_000,
        },
      });
      const { report } = outcome.type === "found" ? outcome : { report: undefined };
      expect(report?.errorCode).toBe(expected.errorCode);
      expect(report?.paymentDetails).toHaveLength(expected.attempts);
      expect(report?.providerOrderId).toBe(name.endsWith("minimal") ? undefined : ORDER_ID);
    },
  );

  it.each(exampleNames("order-status"))("I10: %s keeps no name, VPA or number", async (name) => {
    const text = JSON.stringify(await orderStatus(of(name)));
    expect(text).not.toMatch(/accountHolderName|Asha|unmasked|98\*{6}01|EGV000123|W0001/);
    expect(text).not.toMatch(/420858|XXXXXXXX4321/);
  });

  it.each([
    "error-not-found-order",
    "error-not-found-order-404",
    "error-not-found-order-mapping",
    "error-not-found-transaction",
    "error-duplicate-order-417",
  ])("CF-02: %s means that there is none", async (name) => {
    expect(await orderStatus(of(name))).toEqual({ type: "not_found" });
  });

  it.each([
    ["404 with an empty body", answer(404, "")],
    ["404 with HTML", answer(404, "<html>")],
  ])("CF-02: %s means that there is none", async (_, result) => {
    expect(await orderStatus(result)).toEqual({ type: "not_found" });
  });

  it.each([
    ...NOISE,
    ["a wrong base URL", of("error-api-mapping-not-found")],
    ["400 BAD_REQUEST", of("error-bad-request")],
    ["403", of("error-forbidden")],
    ["429", of("error-too-many-requests")],
  ] as const)("contract.md 4.4: %s is no news of the order", async (_, result) => {
    expect(await orderStatus(result)).toMatchObject({ type: "unreachable" });
  });

  const minimal = { orderId: "OMO1", state: "COMPLETED", amount: 49_900, paymentDetails: [] };

  it("contract.md 4.2: an amount as text is read", async () => {
    expect(await orderStatus(answer(200, { ...minimal, amount: "49900" }))).toMatchObject({
      report: { amountPaisa: 49_900 },
    });
  });

  it.each([499.5, "499.00", "1e3", "", null, undefined, "-1", true, [], "9".repeat(16)])(
    "I4: an amount of %j is no answer to go by",
    async (amount) => {
      expect(await orderStatus(answer(200, { ...minimal, amount }))).toEqual({
        type: "unreachable",
        reason: "malformed_answer",
      });
    },
  );

  it.each(["CREATED", "AUTHORIZED", "completed", "SUCCESS", "SOMETHING", ""])(
    "UAT-32: the unknown state %j is not final",
    async (state) => {
      expect(await orderStatus(answer(200, { ...minimal, state }))).toMatchObject({
        report: { state: "PENDING" },
      });
    },
  );

  it("contract.md 4.3: EXPIRED is a state of its own", async () => {
    expect(await orderStatus(answer(200, { ...minimal, state: "EXPIRED" }))).toMatchObject({
      report: { state: "EXPIRED" },
    });
  });

  it.each([null, "x", [null, 7, "x", {}], undefined])(
    "UAT-32: attempts that are %j do not hide the order's state",
    async (paymentDetails) => {
      expect(await orderStatus(answer(200, { ...minimal, paymentDetails }))).toMatchObject({
        report: { state: "COMPLETED" },
      });
    },
  );

  it.each([
    { orderId: undefined },
    { orderId: "" },
    { orderId: 7 },
    { state: undefined },
    { state: 7 },
  ])("I4: an order with %j is no answer to go by", async (more) => {
    expect(await orderStatus(answer(200, { ...minimal, ...more }))).toMatchObject({
      type: "unreachable",
    });
  });
});

describe("personal data", () => {
  it("I10: what PhonePe should have masked is masked here", async () => {
    const attempt = {
      transactionId: "OM1",
      state: "COMPLETED",
      payerName: "Asha Rao",
      rail: { type: "UPI", utr: "627312345678", vpa: "9800000001@ybl", umn: "0f2c@ybl" },
      instrument: {
        type: "ACCOUNT",
        accountNumber: "998877664321",
        maskedAccountNumber: "998877664321",
        unmaskedAccountNumber: "998877664321",
        maskedCardNumber: "4208585190116667",
        accountHolderName: "Asha Rao",
        ifsc: "ICIC0000001",
      },
    };
    const order = {
      orderId: "OMO1",
      state: "COMPLETED",
      amount: 49_900,
      paymentDetails: [attempt],
    };
    const outcome = await orderStatus(answer(200, order));
    expect(outcome).toMatchObject({
      report: {
        paymentDetails: [
          {
            transactionId: "OM1",
            state: "COMPLETED",
            rail: { type: "UPI", utr: "627312345678", vpa: "******01@ybl" },
            instrument: {
              type: "ACCOUNT",
              maskedAccountNumber: "XXXX4321",
              maskedCardNumber: "XXXX6667",
              ifsc: "ICIC0000001",
            },
          },
        ],
      },
    });
    expect(JSON.stringify(outcome)).not.toMatch(/Asha|98000|99887766|420858|umn|0f2c/);
  });

  it.each([
    ["9800000001", "******01"],
    ["ab@ybl", "******@ybl"],
    ["@ybl", "******@ybl"],
    ["a@b@ybl", "******@ybl"],
  ])("I10: the VPA %s is kept as %s", async (vpa, kept) => {
    const paymentDetails = [{ rail: { type: "UPI", vpa } }];
    const order = { orderId: "OMO1", state: "PENDING", amount: 100, paymentDetails };
    expect(await orderStatus(answer(200, order))).toMatchObject({
      report: { paymentDetails: [{ rail: { vpa: kept } }] },
    });
  });
});

describe("refund", () => {
  it("contract.md 5.1: PhonePe's example is accepted", async () => {
    expect(await refund(of("refund-response"))).toEqual({
      type: "accepted",
      providerRefundId: "OMR2609301330001122334455",
    });
  });

  it.each(NOISE)(
    "contract.md 5.4: %s leaves it unknown whether a refund exists",
    async (_, noise) => {
      expect(await refund(noise)).toMatchObject({ type: "unknown" });
    },
  );

  it("EM-04: the id used again means that the refund exists", async () => {
    expect(await refund(of("error-refund-id-duplicated"))).toEqual({ type: "exists" });
  });

  it("EM-04: BAD_REQUEST may mean either, so the status API is asked", async () => {
    const bad = of("error-bad-request");
    expect(await refund(bad, of("refund-status-pending"))).toEqual({ type: "exists" });
    expect(await refund(bad, of("error-not-found-refund"))).toMatchObject({ type: "rejected" });
    expect(await refund(bad, answer(503, "R999"))).toMatchObject({ type: "unknown" });
  });

  it.each([
    ["error-refund-exceeds", "REFUND_AMOUNT_EXCEEDS"],
    ["error-refund-not-eligible", "REFUND_NOT_ALLOWED"],
  ])("contract.md 5.4: %s is a refusal for good", async (name, code) => {
    expect(await refund(of(name))).toEqual({ type: "rejected", code });
  });

  it("contract.md 7.2: 429 made nothing", async () => {
    expect(await refund(of("error-too-many-requests"))).toMatchObject({ type: "not_sent" });
  });
});

describe("refund status", () => {
  it.each([
    ["refund-status-pending", "PENDING"],
    ["refund-status-confirmed", "CONFIRMED"],
    ["refund-status-completed", "COMPLETED"],
    ["refund-status-completed-card", "COMPLETED"],
    ["refund-status-failed", "FAILED"],
  ])("CF-08: %s is %s", async (name, state) => {
    expect(await refundStatus(of(name))).toEqual({
      type: "found",
      report: {
        state,
        amountPaisa: AMOUNT,
        merchantRefundId: REFUND_ID,
        providerOrderId: ORDER_ID,
        providerRefundId: "OMR2609301330001122334455",
        errorCode: state === "FAILED" ? "BANK_TECHNICAL_ISSUE" : undefined,
      },
    });
  });

  it("contract.md 5.2: the least answer is read", async () => {
    expect(await refundStatus(answer(200, { amount: "100", state: "CREATED" }))).toMatchObject({
      report: { state: "PENDING", amountPaisa: 100, merchantRefundId: undefined },
    });
  });

  it.each([
    ["404 REFUND_NOT_FOUND", of("error-not-found-refund")],
    ["400 REFUND_NOT_FOUND (EM-03)", answer(400, example("error-not-found-refund"))],
  ])("EM-03: %s means that there is none", async (_, result) => {
    expect(await refundStatus(result)).toEqual({ type: "not_found" });
  });

  it.each([...NOISE, ["a wrong base URL", of("error-api-mapping-not-found")]] as const)(
    "contract.md 5.4: %s is no news of the refund",
    async (_, result) => {
      expect(await refundStatus(result)).toMatchObject({ type: "unreachable" });
    },
  );
});
