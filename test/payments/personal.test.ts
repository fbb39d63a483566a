import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bodyWithoutPersonal,
  personalFieldsOf,
  withoutPersonal,
  withPersonal,
} from "../../src/payments/personal.ts";
import { statusView } from "../../src/payments/presenter.ts";
import { attemptIn, NOW_MS, paymentWith, refundIn } from "./fixtures.ts";
import { NO_RISK } from "../support/no-risk.ts";

/** A mark that stands in every personal field, and nowhere else. */
const MARK: string = "asha-was-here";

const personal = fc.record({
  message: fc.option(fc.string(), { nil: undefined }),
  note: fc.option(fc.string(), { nil: undefined }),
  fingerprint: fc.option(fc.string(), { nil: null }),
  details: fc.array(fc.constant({ vpa: MARK }), { maxLength: 3 }),
  reason: fc.option(fc.string(), { nil: null }),
});
type Personal = typeof personal extends fc.Arbitrary<infer Value> ? Value : never;

function paymentOf({ message, note, fingerprint, details, reason }: Personal) {
  return paymentWith(attemptIn("CAPTURED", { paymentDetails: details }), {
    order: {
      redirectUrl: "https://shop.example",
      expireAfterSec: 900,
      ...(message === undefined ? {} : { message: `${message}${MARK}` }),
      ...(note === undefined ? {} : { metaInfo: { udf1: `${note}${MARK}` } }),
    },
    contentHash: MARK,
    risk: { ...NO_RISK, fingerprint },
    refunds: [
      refundIn("COMPLETED", { reason: reason === null ? null : `${reason}${MARK}` }),
      refundIn("FAILED", { automatic: true, reason: "duplicate_capture" }),
    ],
  });
}

describe("a person in a payment", () => {
  it("GDR-4: what is taken out can be put back, to the last field", () => {
    fc.assert(
      fc.property(personal, (fields) => {
        const payment = paymentOf(fields);
        const back = withPersonal(withoutPersonal(payment), personalFieldsOf(payment));
        expect(back).toEqual(payment);
      }),
    );
  });

  it("GDR-4: nothing of it stays behind, and nothing of the money goes", () => {
    fc.assert(
      fc.property(personal, (fields) => {
        const payment = paymentOf(fields);
        const bare = withoutPersonal(payment);
        expect(JSON.stringify(bare)).not.toContain(MARK);
        expect(bare.risk.fingerprint).toBeNull();
        expect(bare.attempts[0]?.capturedPaisa).toBe(payment.attempts[0]?.capturedPaisa);
        expect(bare.refunds[1]?.reason).toBe("duplicate_capture");
        // Done twice it is the same object: nothing is written again.
        expect(withoutPersonal(bare)).toBe(bare);
      }),
    );
  });

  it("GDR-4: a status object that is on its way loses the person and nothing else", () => {
    const fields = {
      message: "x",
      note: "y",
      fingerprint: MARK,
      details: [{ vpa: MARK }],
      reason: "z",
    };
    const payment = { ...paymentOf(fields), review: { reason: "amount_mismatch", atMs: NOW_MS } };
    const context = {
      identity: { requestId: "req_1", keyId: "ak_1" },
      checkout: { scriptUrl: null },
    };
    const told = JSON.stringify(statusView(payment, [], context));
    const expected = statusView(withoutPersonal(payment), [], context);
    const bare: unknown = JSON.parse(bodyWithoutPersonal(told));
    // Of an automatic refund the reason is ours; in a body that has gone out it is not told apart.
    const wanted: unknown = JSON.parse(JSON.stringify(expected), (name, value: unknown) =>
      name === "reason" && value === "duplicate_capture" ? undefined : value,
    );
    expect(bare).toEqual(wanted);
    expect(bare).toMatchObject({ review: { reason: "amount_mismatch" } });
  });

  it.each(["req_1", "", "[]", "null", "{", '"text"'])(
    "a kept refusal %j stays as it is",
    (body) => {
      expect(bodyWithoutPersonal(body)).toBe(body);
    },
  );
});
