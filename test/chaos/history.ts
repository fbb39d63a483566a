/**
 * Whether the answers that callers got can all be true of one gateway that does one thing at a time.
 *
 * The model. A payment is a log that only grows: its timeline. Every answer about it shows the log as it stood at one
 * moment between the call's start and its answer, so all answers must fit one order that agrees with real time:
 * an answer that ended before another call began shows no more than that other one (linearizability of a
 * grow-only log, checked by comparing prefixes, which needs no search). From the log follow the state, which moves
 * along api.md 4, the money, which only grows, and what never changes: paymentId, amount, createdAt, and the one
 * pay URL, for two of them would be two payable orders (I1). A refund is such a log as well, of its states.
 *
 * An idempotency key is a register that is written once: its first kept answer. All later ones are these bytes
 * (api.md 3), whenever they come, so a replayed answer shows a moment of the past: it bounds what came later, and
 * is bound by nothing. Kept are 2xx and 502, never 409, 503 or a refusal; a call without an answer may have
 * written it or not, as it may have had its effect or not.
 */
import {
  type Ended,
  type Finding,
  groupBy,
  oneValue,
  type PaymentSight,
  paymentSightsOf,
  type RecordedCall,
  type RefundSight,
  refundSightsOf,
} from "./sights.ts";

/** api.md 4, transitively closed: what a state may have become by the time of a later answer. */
const LATER_PAYMENT: Readonly<Record<PaymentSight["state"], readonly string[]>> = {
  INITIATING: ["PENDING", "COMPLETED", "FAILED", "EXPIRED"],
  PENDING: ["COMPLETED", "FAILED", "EXPIRED"],
  COMPLETED: [],
  FAILED: ["COMPLETED"],
  EXPIRED: ["COMPLETED"],
  BLOCKED: [],
};
const LATER_REFUND: Readonly<Record<RefundSight["state"], readonly string[]>> = {
  PENDING: ["CONFIRMED", "COMPLETED", "FAILED"],
  CONFIRMED: ["COMPLETED", "FAILED"],
  COMPLETED: [],
  FAILED: [],
};

/** Everything in a history that cannot be true; empty for one that fits the model. */
export function checkHistory(calls: readonly RecordedCall[]): readonly Finding[] {
  const ended = calls.flatMap((call) =>
    call.answer === null ? [] : [{ ...call, answer: call.answer }],
  );
  return [
    ...ended.flatMap(checkFault),
    ...groupBy(ended, ({ key }) => key).flatMap(([key, own]) => checkKey(key, own)),
    ...groupBy(ended, ({ merchantOrderId }) => merchantOrderId).flatMap(([id, own]) =>
      checkOrder(id, own),
    ),
    ...groupBy(ended.flatMap(refundSightsOf), ({ merchantRefundId }) => merchantRefundId).flatMap(
      ([id, own]) => checkRefund(id, own),
    ),
    ...checkAbsentRefunds(ended),
  ];
}

/** A fault of ours is never an answer that a caller can use (api.md 2: what is unknown is 202, never 5xx). */
function checkFault({ answer, operation, merchantOrderId }: Ended): Finding[] {
  if (answer.status !== 500) return [];
  return [{ rule: "no_fault", about: merchantOrderId ?? operation, detail: answer.body }];
}

function checkKey(key: string, calls: readonly Ended[]): Finding[] {
  const kept = calls.filter(({ answer }) => answer.status < 300 || answer.status === 502);
  const first = kept.filter(({ answer }) => !answer.replayed);
  return [
    ...oneValue(
      "one_request_per_key",
      key,
      kept.map(({ requestHash }) => requestHash),
    ),
    ...oneValue(
      "one_answer_per_key",
      key,
      kept.map(({ answer }) => `${answer.status} ${answer.body}`),
    ),
    ...(first.length > 1
      ? [{ rule: "one_first_answer_per_key", about: key, detail: `${first.length} of them` }]
      : []),
  ];
}

function checkOrder(id: string, calls: readonly Ended[]): Finding[] {
  const sights = calls.flatMap(paymentSightsOf);
  const started = calls.filter(
    ({ operation, answer }) => operation === "initiate" && answer.status < 300,
  );
  const urls = sights.flatMap(({ redirectUrl }) => (redirectUrl === null ? [] : [redirectUrl]));
  return [
    ...oneValue(
      "one_payment_id",
      id,
      sights.map(({ paymentId }) => paymentId),
    ),
    ...oneValue(
      "one_amount",
      id,
      sights.map(({ amount }) => String(amount)),
    ),
    ...oneValue(
      "one_beginning",
      id,
      sights.map(({ createdAt }) => String(createdAt)),
    ),
    ...oneValue("one_pay_url", id, urls),
    ...oneValue(
      "one_content",
      id,
      started.map(({ requestHash }) => requestHash),
    ),
    ...checkAbsence(id, { sights, calls }),
    ...checkLogs(id, sights),
    ...sights.flatMap((sight) => checkMoney(id, sight)),
    ...pairsInRealTime(sights).flatMap((pair) => checkPaymentPair(id, pair)),
  ];
}

/** What was acknowledged is there for everybody who asks afterwards. */
function checkAbsence(
  id: string,
  { sights, calls }: { readonly sights: readonly PaymentSight[]; readonly calls: readonly Ended[] },
): Finding[] {
  const knownSinceMs = Math.min(...sights.map(({ endMs }) => endMs));
  const lost = calls.filter(
    ({ operation, answer, startMs }) =>
      operation === "status" && answer.status === 404 && startMs > knownSinceMs,
  );
  return lost.map(({ startMs }) => ({
    rule: "payment_not_lost",
    about: id,
    detail: `known since ${knownSinceMs} ms, 404 to a call of ${startMs} ms`,
  }));
}

/** All timelines that were ever shown are one log, seen at different lengths. */
function checkLogs(id: string, sights: readonly PaymentSight[]): Finding[] {
  const logs = sights.flatMap(({ timeline }) => (timeline === null ? [] : [timeline]));
  const byLength = logs.toSorted((one, other) => one.length - other.length);
  return byLength.slice(1).flatMap((longer, at) => {
    const shorter = byLength[at] ?? [];
    if (shorter.every((entry, place) => entry === longer[place])) return [];
    return [{ rule: "one_log", about: id, detail: `${shorter.join(" ")} | ${longer.join(" ")}` }];
  });
}

function checkMoney(id: string, { capturedAmount, refundedAmount }: PaymentSight): Finding[] {
  if ((refundedAmount ?? 0) <= (capturedAmount ?? 0)) return [];
  const detail = `${refundedAmount} refunded of ${capturedAmount}`;
  return [{ rule: "refunds_within_capture", about: id, detail }];
}

interface Pair<Sight> {
  readonly earlier: Sight;
  readonly later: Sight;
}

/** Pairs of which one had ended before the other began. A replay is no news, so it is never the later one. */
function pairsInRealTime<Sight extends Pick<PaymentSight, "startMs" | "endMs" | "replayed">>(
  sights: readonly Sight[],
): Pair<Sight>[] {
  return sights.flatMap((later) =>
    later.replayed
      ? []
      : sights
          .filter((earlier) => earlier.endMs < later.startMs)
          .map((earlier) => ({ earlier, later })),
  );
}

function checkPaymentPair(id: string, { earlier, later }: Pair<PaymentSight>): Finding[] {
  const at = `${earlier.endMs} ms, then ${later.startMs} ms`;
  const goesBack =
    later.state !== earlier.state && !LATER_PAYMENT[earlier.state].includes(later.state);
  const shrinks = (one: number | null, other: number | null) =>
    one !== null && other !== null && other < one;
  return [
    ...(goesBack
      ? [{ rule: "state_goes_on", about: id, detail: `${earlier.state}, ${later.state}: ${at}` }]
      : []),
    ...(shrinks(earlier.timeline?.length ?? null, later.timeline?.length ?? null)
      ? [{ rule: "log_grows", about: id, detail: at }]
      : []),
    ...(shrinks(earlier.capturedAmount, later.capturedAmount) ||
    shrinks(earlier.refundedAmount, later.refundedAmount)
      ? [{ rule: "money_grows", about: id, detail: at }]
      : []),
  ];
}

function checkRefund(id: string, sights: readonly RefundSight[]): Finding[] {
  const named = sights.flatMap(({ providerRefundId }) =>
    providerRefundId === null ? [] : [providerRefundId],
  );
  return [
    ...oneValue(
      "one_order_per_refund",
      id,
      sights.map(({ merchantOrderId }) => merchantOrderId),
    ),
    ...oneValue(
      "one_refund_amount",
      id,
      sights.map(({ amount }) => String(amount)),
    ),
    ...oneValue(
      "one_refund_beginning",
      id,
      sights.map(({ createdAt }) => String(createdAt)),
    ),
    ...oneValue("one_provider_refund", id, named),
    ...pairsInRealTime(sights).flatMap(({ earlier, later }) =>
      later.state === earlier.state || LATER_REFUND[earlier.state].includes(later.state)
        ? []
        : [
            {
              rule: "refund_goes_on",
              about: id,
              detail: `${earlier.state} until ${earlier.endMs} ms, ${later.state} from ${later.startMs} ms`,
            },
          ],
    ),
  ];
}

/** A refund that was shown is in every status, and behind every question for it, that comes afterwards. */
function checkAbsentRefunds(calls: readonly Ended[]): Finding[] {
  const known = groupBy(calls.flatMap(refundSightsOf), ({ merchantRefundId }) => merchantRefundId);
  return known.flatMap(([id, sights]) => {
    const orderId = sights[0]?.merchantOrderId;
    const knownSinceMs = Math.min(...sights.map(({ endMs }) => endMs));
    const without = calls.filter(
      (call) =>
        call.merchantOrderId === orderId && call.startMs > knownSinceMs && isWithout(call, id),
    );
    return without.map(({ operation, startMs }) => ({
      rule: "refund_not_lost",
      about: id,
      detail: `known since ${knownSinceMs} ms, not in the ${operation} of ${startMs} ms`,
    }));
  });
}

function isWithout(call: Ended, merchantRefundId: string): boolean {
  if (call.operation === "refund_status") {
    return call.answer.status === 404 && call.merchantRefundId === merchantRefundId;
  }
  if (call.operation !== "status" || call.answer.status !== 200) return false;
  return !refundSightsOf(call).some((sight) => sight.merchantRefundId === merchantRefundId);
}
