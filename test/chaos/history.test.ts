import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkHistory } from "./history.ts";
import { histories, recorded } from "./model-gateway.ts";
import type { RecordedCall } from "./sights.ts";

const rulesOf = (calls: readonly RecordedCall[]) => checkHistory(calls).map(({ rule }) => rule);

/** Changes one answer, the first that `wanted` picks; skips histories without one. */
function planted(
  calls: readonly RecordedCall[],
  wanted: (call: RecordedCall) => boolean,
  change: (body: Record<string, unknown>) => object,
): readonly RecordedCall[] {
  const target = calls.find(wanted);
  fc.pre(target?.answer !== null && target !== undefined);
  const { answer } = target;
  if (answer === null) return calls;
  const body = JSON.stringify(change(JSON.parse(answer.body)));
  return calls.map((call) => (call === target ? { ...call, answer: { ...answer, body } } : call));
}

const stateIn = ({ answer }: RecordedCall): string =>
  /"state":"([A-Z]+)","amount"/.exec(answer?.body ?? "")?.[1] ?? "";

const shows = (call: RecordedCall, state?: string) =>
  call.operation === "status" &&
  call.answer?.status === 200 &&
  (state === undefined || stateIn(call) === state);

/** A status that began after another one with this state had ended. */
function laterThan(calls: readonly RecordedCall[], state: string): RecordedCall | undefined {
  const first = calls.find((call) => shows(call, state));
  return calls.find(
    (call) =>
      shows(call) &&
      first?.merchantOrderId === call.merchantOrderId &&
      (first.answer?.endMs ?? Infinity) < call.startMs,
  );
}

function assertProperty(check: (calls: readonly RecordedCall[]) => void): void {
  fc.assert(fc.property(histories(), check), { numRuns: 300 });
}

describe("the history check", () => {
  it("finds nothing in what a correct gateway answers, whatever is cut off", () => {
    assertProperty((calls) => {
      expect(checkHistory(calls)).toEqual([]);
    });
  });

  it("finds a second paymentId for one merchantOrderId", () => {
    assertProperty((calls) => {
      const second = calls.findLast((call) => shows(call));
      const others = calls.filter(
        ({ merchantOrderId, operation, answer }) =>
          merchantOrderId === second?.merchantOrderId &&
          (operation === "initiate" || operation === "status") &&
          (answer?.status ?? 500) < 300,
      );
      fc.pre(others.length > 1);
      const wrong = planted(
        calls,
        (call) => call === second,
        (body) => ({ ...body, paymentId: "pay_other" }),
      );
      expect(rulesOf(wrong)).toContain("one_payment_id");
    });
  });

  it("finds a state that goes back, COMPLETED followed by PENDING", () => {
    assertProperty((calls) => {
      const later = laterThan(calls, "COMPLETED");
      const wrong = planted(
        calls,
        (call) => call === later,
        (body) => ({ ...body, state: "PENDING" }),
      );
      expect(rulesOf(wrong)).toContain("state_goes_on");
    });
  });

  it("finds two answers that were swapped", () => {
    assertProperty((calls) => {
      const pair = calls
        .filter((call) => shows(call))
        .flatMap((one, at, all) =>
          all
            .slice(at + 1)
            .filter(
              (other) =>
                other.merchantOrderId === one.merchantOrderId &&
                (one.answer?.endMs ?? Infinity) < other.startMs &&
                stateIn(one) !== stateIn(other),
            )
            .map((other) => [one, other] as const),
        )[0];
      fc.pre(pair !== undefined);
      const [one, other] = pair ?? [];
      const swapped = calls.map((call) => {
        if (call !== one && call !== other) return call;
        const body = (call === one ? other : one)?.answer?.body ?? "";
        return call.answer === null ? call : { ...call, answer: { ...call.answer, body } };
      });
      expect(checkHistory(swapped)).not.toEqual([]);
    });
  });

  it("finds another body for the same idempotency key", () => {
    assertProperty((calls) => {
      const replay = calls.find(({ answer }) => answer?.replayed === true);
      fc.pre(
        calls.some(
          (call) =>
            call !== replay && call.key === replay?.key && (call.answer?.status ?? 500) < 300,
        ),
      );
      const wrong = planted(
        calls,
        (call) => call === replay,
        (body) => ({ ...body, security: { requestId: "another" } }),
      );
      expect(rulesOf(wrong)).toContain("one_answer_per_key");
    });
  });

  it("finds a second pay URL: two payable orders", () => {
    assertProperty((calls) => {
      const paid = (call: RecordedCall) => call.answer?.body.includes("redirectUrl") === true;
      const orders = calls.filter((call) => paid(call));
      const last = orders.findLast((call) =>
        orders.some((other) => other !== call && other.merchantOrderId === call.merchantOrderId),
      );
      const wrong = planted(
        calls,
        (call) => call === last,
        (body) => ({ ...body, redirectUrl: "https://pay.example/other" }),
      );
      expect(rulesOf(wrong)).toContain("one_pay_url");
    });
  });

  it("finds a payment that was acknowledged and is gone", () => {
    assertProperty((calls) => {
      const later = laterThan(calls, "PENDING");
      fc.pre(later !== undefined);
      const wrong = calls.map((call) =>
        call === later && call.answer !== null
          ? { ...call, answer: { ...call.answer, status: 404, body: "{}" } }
          : call,
      );
      expect(rulesOf(wrong)).toContain("payment_not_lost");
    });
  });

  it("finds a refund that was acknowledged and is missing from a later status", () => {
    assertProperty((calls) => {
      const refund = calls.find(
        ({ operation, answer }) => operation === "refund" && answer?.status === 201,
      );
      const later = calls.find(
        (call) =>
          shows(call) &&
          call.merchantOrderId === refund?.merchantOrderId &&
          (refund.answer?.endMs ?? Infinity) < call.startMs,
      );
      const wrong = planted(
        calls,
        (call) => call === later,
        (body) => ({ ...body, refunds: [] }),
      );
      expect(rulesOf(wrong)).toContain("refund_not_lost");
    });
  });

  it("finds a timeline that was rewritten", () => {
    assertProperty((calls) => {
      const completed = calls.filter((call) => shows(call, "COMPLETED"));
      const last = completed.findLast((call) =>
        completed.some((one) => one !== call && one.merchantOrderId === call.merchantOrderId),
      );
      const wrong = planted(
        calls,
        (call) => call === last,
        (body) => ({ ...body, timeline: ["COMPLETED", "PENDING", "INITIATING"] }),
      );
      expect(rulesOf(wrong)).toContain("one_log");
    });
  });

  it("takes no 409, 503, refusal or silence for a kept answer", () => {
    const begun = { operation: "initiate", key: "k1", merchantOrderId: "order-1" } as const;
    const calls = [
      recorded({ ...begun, startMs: 0, answer: null }),
      recorded({ ...begun, startMs: 10, answer: { status: 409, body: '{"requestId":"1"}' } }),
      recorded({ ...begun, startMs: 20, answer: { status: 503, body: '{"requestId":"2"}' } }),
      recorded({ ...begun, startMs: 30, answer: { status: 503, body: '{"requestId":"3"}' } }),
    ];
    expect(checkHistory(calls)).toEqual([]);
  });

  it("finds a fault of ours", () => {
    const call = {
      operation: "status",
      key: null,
      merchantOrderId: "order-1",
      startMs: 0,
    } as const;
    const calls = [recorded({ ...call, answer: { status: 500, body: "{}" } })];
    expect(rulesOf(calls)).toEqual(["no_fault"]);
  });
});
