import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutboundResult } from "../../../src/providers/outbound.ts";
import { answer, NOW_MS, ORDER_ID, PAY, REFUND } from "../fake-line.ts";
import {
  CREATED_AT_SEC,
  failure,
  link,
  LINK_ID,
  links,
  makeRazorpayLine,
  NOISE,
  paidLink,
  PAYMENT_ID,
  payment,
  refund,
  refunds,
  USED_REFERENCE,
} from "./line.ts";

const pay = (...script: OutboundResult[]) => makeRazorpayLine(script).client.pay(PAY);
const orderStatus = (...script: OutboundResult[]) =>
  makeRazorpayLine(script).client.orderStatus(ORDER_ID);
const askRefund = (...script: OutboundResult[]) => makeRazorpayLine(script).client.refund(REFUND);
const refundStatus = (...script: OutboundResult[]) =>
  makeRazorpayLine(script).client.refundStatus(REFUND);

const BAD_BODY = failure(400, { description: "amount exceeds maximum amount allowed." });
const TURNED_AWAY = [
  ["401 to wrong keys", failure(401, { description: "Authentication failed", reason: "NA" }), 401],
  ["403 to keys without the right", failure(403), 403],
  ["429", failure(429, { description: "Too many requests" }), 429],
] as const;

const REFUSALS = TURNED_AWAY.map(([what, result]) => [what, result] as const);

/** A look at the order that shows no payment to refund. */
const NO_PAYMENT: readonly (readonly [string, OutboundResult])[] = [
  ["no link", links()],
  ["an unpaid link", links(link())],
  ...NOISE,
  ...REFUSALS,
];

describe("pay", () => {
  it("a created link is accepted: its URL as it is, its own end", async () => {
    expect(await pay(answer(200, link()))).toEqual({
      type: "accepted",
      providerRef: LINK_ID,
      payUrl: "https://rzp.io/i/nxrHnLJ",
      expiresAtMs: (CREATED_AT_SEC + 960) * 1_000,
    });
  });

  it.each([0, undefined, null, "later"])(
    "with an expire_by of %s the end that was asked for counts",
    async (expire_by) => {
      expect(await pay(answer(200, link({ expire_by })))).toMatchObject({
        expiresAtMs: NOW_MS + 960_000,
      });
    },
  );

  it("I9: a used reference means that the link exists, without another call", async () => {
    expect(await pay(USED_REFERENCE)).toEqual({ type: "exists" });
  });

  it.each([
    ["a bad body", BAD_BODY, "input_validation_failed"],
    ["words of no form", failure(400, { reason: "NA", description: null }), "BAD_REQUEST_ERROR"],
    ["another's words about a used id", failure(400, { description: "id taken" }), undefined],
    ["422", failure(422), "input_validation_failed"],
    ["404 with HTML", answer(404, "<html>"), "HTTP_404"],
  ])("I9: %s may hide a used reference, so a look decides", async (_, refused, code) => {
    expect(await pay(refused, links(link()))).toEqual({ type: "exists" });
    expect(await pay(refused, links())).toEqual({
      type: "rejected",
      code: code ?? "input_validation_failed",
    });
    for (const [, noise] of NOISE) {
      expect(await pay(refused, noise)).toEqual({
        type: "unknown",
        reason: "refused_unconfirmed",
      });
    }
  });

  it.each(TURNED_AWAY)("%s: nothing was made", async (_, refused, status) => {
    expect(await pay(refused)).toEqual({ type: "not_sent", reason: `http_${status}` });
  });

  it.each(NOISE)("I6: %s leaves it unknown whether a link exists", async (_, noise) => {
    expect(await pay(noise)).toMatchObject({ type: "unknown" });
  });

  it.each([
    ["no URL", { short_url: undefined }],
    ["a URL that is none", { short_url: "javascript:alert(1)" }],
    ["no id", { id: undefined }],
    ["another reference", { reference_id: "another" }],
    ["no reference", { reference_id: undefined }],
    ["another amount", { amount: 100 }],
  ])("I1: a link with %s is not handed out", async (_, more) => {
    expect(await pay(answer(200, link(more)))).toMatchObject({ type: "unknown" });
  });
});

describe("order status", () => {
  it.each([
    ["created", link(), { state: "PENDING", amountPaisa: 49_900 }],
    ["paid", paidLink(), { state: "COMPLETED", amountPaisa: 49_900 }],
    [
      "partially_paid",
      link({ status: "partially_paid", amount_paid: 100, payments: [payment({ amount: 100 })] }),
      { state: "PENDING", amountPaisa: 100 },
    ],
    ["expired", link({ status: "expired" }), { state: "EXPIRED", errorCode: "LINK_EXPIRED" }],
    ["cancelled", link({ status: "cancelled" }), { state: "FAILED", errorCode: "LINK_CANCELLED" }],
    ["a word of the future", link({ status: "frozen" }), { state: "PENDING" }],
    [
      "paid with too little",
      paidLink({ amount_paid: 100 }),
      { state: "COMPLETED", amountPaisa: 100 },
    ],
  ])("I4: %s", async (_, given, report) => {
    expect(await orderStatus(links(given))).toMatchObject({
      type: "found",
      report: { ...report, providerRef: LINK_ID, providerOrderId: ORDER_ID },
    });
  });

  it.each(["expired", "cancelled"])(
    "I2: a link that is %s while money stands on it has not ended unpaid",
    async (status) => {
      const report = { state: "PENDING", amountPaisa: 49_900 };
      expect(await orderStatus(links(paidLink({ status })))).toMatchObject({ report });
    },
  );

  it("an empty list is the one proof that there is none", async () => {
    expect(await orderStatus(links())).toEqual({ type: "not_found" });
  });

  it("I9: a list of other links only proves nothing: the filter did not hold", async () => {
    const other = link({ reference_id: "another", id: "plink_other" });
    expect(await orderStatus(links(other))).toEqual({ type: "unreachable", reason: "other_links" });
    expect(await orderStatus(links(other, link()))).toMatchObject({ type: "found" });
    expect(await orderStatus(links({}, { reference_id: null }))).toMatchObject({
      type: "unreachable",
    });
  });

  it("I2: of two links under one reference the paid one counts", async () => {
    const dead = link({ id: "plink_dead", status: "cancelled" });
    expect(await orderStatus(links(dead, paidLink()))).toMatchObject({
      report: { state: "COMPLETED" },
    });
  });

  it.each([
    ["without an amount", { amount: undefined }],
    ["without what was paid", { amount_paid: undefined }],
    ["without a status", { status: undefined }],
    ["in another currency", { currency: "USD" }],
    ["with an id for a path", { id: "plink_1/../../x" }],
    ["with a negative amount", { amount: -1 }],
  ])("I4: our link %s tells nothing", async (_, more) => {
    expect(await orderStatus(links(link(more)))).toEqual({
      type: "unreachable",
      reason: "malformed_answer",
    });
  });

  it.each([...NOISE, ...REFUSALS, ["400", failure(400)] as const])(
    "I9: %s is not taken for a missing link",
    async (_, noise) => {
      expect(await orderStatus(noise)).toMatchObject({ type: "unreachable" });
    },
  );

  it("I10: of a payment only what names nobody is kept", async () => {
    const outcome = await orderStatus(links(paidLink()));
    expect(outcome).toMatchObject({
      report: {
        paymentDetails: [
          {
            transactionId: PAYMENT_ID,
            state: "COMPLETED",
            paymentMode: "UPI",
            amount: 49_900,
            timestamp: CREATED_AT_SEC * 1_000,
          },
        ],
      },
    });
    const text = JSON.stringify(outcome);
    for (const secret of ["payer", "9000090000", "1111", "A Payer"]) {
      expect(text).not.toContain(secret);
    }
  });

  it.each([
    ["null", null],
    ["no list", "x"],
    ["a payment without an id", [{ status: "captured" }]],
  ])("payments that are %s do not hide that the link is paid", async (_, payments) => {
    const whole = answer(500, "");
    expect(await orderStatus(links(paidLink({ payments })), whole)).toMatchObject({
      report: { state: "COMPLETED", paymentDetails: [] },
    });
  });

  it("a single payment may come without a list around it", async () => {
    expect(await orderStatus(links(paidLink({ payments: payment() })))).toMatchObject({
      report: { paymentDetails: [{ transactionId: PAYMENT_ID }] },
    });
  });
});

describe("refund", () => {
  it("is accepted with Razorpay's id", async () => {
    expect(await askRefund(links(paidLink()), answer(200, refund()))).toEqual({
      type: "accepted",
      providerRefundId: "rfnd_FgRAHdNOM4ZVbO",
    });
  });

  it.each([
    ["another amount", { amount: 100 }],
    ["another receipt", { receipt: "another" }],
    ["an id of no refund", { id: "pay_1" }],
  ])("I3: an answer with %s is not ours", async (_, more) => {
    expect(await askRefund(links(paidLink()), answer(200, refund(more)))).toMatchObject({
      type: "unknown",
    });
  });

  it.each(NO_PAYMENT)("with %s before it nothing was sent", async (_, before) => {
    expect(await askRefund(before)).toMatchObject({ type: "not_sent" });
  });

  it.each(NOISE)("I3: %s leaves it unknown whether it was made", async (_, noise) => {
    expect(await askRefund(links(paidLink()), noise)).toMatchObject({ type: "unknown" });
  });

  it.each(TURNED_AWAY)("%s: nothing was made", async (_, refused, status) => {
    expect(await askRefund(links(paidLink()), refused)).toEqual({
      type: "not_sent",
      reason: `http_${status}`,
    });
  });

  it("I3: a 400 may mean that it exists, so a look decides", async () => {
    const before = links(paidLink());
    expect(await askRefund(before, failure(400), before, refunds(refund()))).toEqual({
      type: "exists",
    });
    expect(await askRefund(before, failure(400), before, refunds())).toEqual({
      type: "rejected",
      code: "input_validation_failed",
    });
    for (const [, noise] of NOISE) {
      expect(await askRefund(before, failure(400), before, noise)).toMatchObject({
        type: "unknown",
      });
    }
  });
});

describe("refund status", () => {
  it.each([
    ["pending", "PENDING"],
    ["processed", "COMPLETED"],
    ["failed", "FAILED"],
    ["a word of the future", "PENDING"],
  ])("I4: %s is %s", async (status, state) => {
    const other = refund({ id: "rfnd_other", receipt: null, notes: [] });
    expect(await refundStatus(links(paidLink()), refunds(other, refund({ status })))).toEqual({
      type: "found",
      report: {
        state,
        amountPaisa: 49_900,
        merchantRefundId: REFUND.merchantRefundId,
        providerOrderId: ORDER_ID,
        providerRefundId: "rfnd_FgRAHdNOM4ZVbO",
      },
    });
  });

  it("not found is said only after all refunds of the payment were read", async () => {
    const other = refund({ receipt: "another" });
    expect(await refundStatus(links(paidLink()), refunds(other))).toEqual({ type: "not_found" });
    const full = Array.from({ length: 100 }, () => other);
    expect(await refundStatus(links(paidLink()), refunds(...full))).toMatchObject({
      type: "unreachable",
    });
  });

  it.each(NO_PAYMENT)("with %s nothing is known of its refunds", async (_, before) => {
    expect(await refundStatus(before)).toMatchObject({ type: "unreachable" });
  });

  it.each(NOISE)("%s says nothing about the refund", async (_, noise) => {
    expect(await refundStatus(links(paidLink()), noise)).toMatchObject({ type: "unreachable" });
  });
});

/** Any answer at all: any status, any JSON or bytes, and answers that look like Razorpay's. */
const anyAnswer = fc.oneof(
  fc.record({
    type: fc.constant("answer" as const),
    status: fc.integer({ min: 100, max: 599 }),
    text: fc.oneof(fc.string(), fc.json()),
    retryAfter: fc.constant(null),
  }),
  fc
    .tuple(
      fc.constantFrom(200, 201, 400, 500),
      fc.record(
        {
          id: fc.oneof(fc.constant(LINK_ID), fc.string()),
          status: fc.string(),
          amount: fc.oneof(fc.integer(), fc.double(), fc.string()),
          reference_id: fc.string(),
          short_url: fc.string(),
          payment_links: fc.oneof(fc.anything(), fc.array(fc.anything(), { minLength: 1 })),
          items: fc.anything(),
          error: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    )
    .map(([status, body]) => answer(status, body)),
);

describe("garbage", () => {
  const claims = async (outcome: Promise<{ type: string }>) => (await outcome).type;

  it("I1: never gives a link that nobody made", () =>
    fc.assert(
      fc.asyncProperty(anyAnswer, anyAnswer, async (first, second) => {
        expect(["unknown", "not_sent", "rejected"]).toContain(await claims(pay(first, second)));
      }),
    ));

  it("I9: is no proof of absence unless it is an empty list", () =>
    fc.assert(
      fc.asyncProperty(anyAnswer, async (first) => {
        const claim = await claims(orderStatus(first));
        const empty = textOf(first).replaceAll(" ", "").includes('"payment_links":[]');
        expect(empty ? ["not_found", "unreachable"] : ["unreachable"]).toContain(claim);
      }),
    ));

  it("I3: never makes a refund known, missing or refused for good", () =>
    fc.assert(
      fc.asyncProperty(anyAnswer, async (first) => {
        const before = links(paidLink());
        const noise = answer(503, "");
        expect(["unknown", "not_sent"]).toContain(
          await claims(askRefund(before, first, before, noise).catch(tooMany)),
        );
        const none = textOf(first).replaceAll(" ", "").includes('"items":[]');
        expect(none ? ["not_found", "unreachable"] : ["unreachable"]).toContain(
          await claims(refundStatus(before, first)),
        );
      }),
    ));
});

function textOf(result: OutboundResult): string {
  return result.type === "answer" ? result.text : "";
}

/** The script ran out: the client asked more than it should. */
function tooMany(): { type: string } {
  return { type: "asked too much" };
}
