/**
 * A payment's whole world in memory, for the model test: the machine, a provider with books, a payer, a network
 * that loses and delays, a process that dies. Nothing in it knows how the machine decides.
 */
import {
  amountPaisa,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  unreachable,
} from "#base";
import { type Effect, refundOf, type Step, attemptOf } from "../../src/payments/draft.ts";
import { createPayment, nextDueAtMs, type PaymentEvent, step } from "../../src/payments/machine.ts";
import { type Payment, PAYMENT_MOVES, type ProviderName } from "../../src/payments/model.ts";
import { checkRefund, refundablePaisa } from "../../src/payments/refund-rules.ts";
import { NO_RISK } from "../support/no-risk.ts";

const AMOUNT_PAISA = 10_000;
const EXPIRES_IN_MS = 900_000;
const HOUR_MS = 3_600_000;

type OrderState = "PENDING" | "COMPLETED" | "FAILED" | "EXPIRED";

interface Order {
  readonly ref: string;
  state: OrderState;
  readonly expiresAtMs: number;
}
interface BookedRefund {
  readonly orderId: string;
  readonly amountPaisa: number;
  state: "PENDING" | "CONFIRMED" | "COMPLETED" | "FAILED";
}

/** How the network treats a call that creates something. */
export const CALL_FAULTS = [
  "none",
  "lost_answer",
  "lost_request",
  "late_request",
  "not_sent",
  "rejected",
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

export class SimulatedWorld {
  nowMs = 1_000_000;
  payment: Payment;
  readonly orders = new Map<string, Order>();
  readonly refunds = new Map<string, BookedRefund>();
  /** Order ids whose pay URL a caller of initiate could have been given. */
  readonly handedOut = new Set<string>();
  /** Effects that the shell has not started, and answers that are on their way. Both die with the process. */
  #effects: Effect[] = [];
  #answers: PaymentEvent[] = [];
  /** Requests that the network still holds: the caller has given up on them, the provider will meet them. */
  #late: (() => void)[] = [];
  #entries = 0;
  #refundCount = 0;

  constructor(route: readonly [ProviderName, ...ProviderName[]] = ["phonepe"]) {
    const first = createPayment(
      {
        paymentId: "pay_0123456789abcdefghijkl",
        merchantId: merchantIdSchema.parse("m"),
        merchantOrderId: merchantOrderIdSchema.parse("order"),
        amountPaisa: amountPaisa(AMOUNT_PAISA),
        order: { redirectUrl: "https://shop.example", expireAfterSec: EXPIRES_IN_MS / 1_000 },
        contentHash: "hash",
        configVersion: 0,
        route,
        customer: null,
        risk: NO_RISK,
      },
      this.nowMs,
    );
    this.payment = first.payment;
    this.#accept(first);
  }

  apply(event: PaymentEvent): void {
    this.#accept(step(this.payment, event, this.nowMs));
  }

  #accept(next: Step): void {
    const before = this.payment.state;
    this.payment = next.payment;
    if (before !== next.payment.state && !PAYMENT_MOVES[before].includes(next.payment.state)) {
      throw new Error(`I5: ${before} became ${next.payment.state}`);
    }
    for (const entry of next.entries) {
      this.#entries += 1;
      if (entry.seq !== this.#entries) throw new Error("I7: the timeline has a gap");
    }
    for (const attempt of next.payment.attempts) {
      if (attempt.state === "OPEN") this.handedOut.add(attempt.providerOrderId);
    }
    this.#effects.push(...next.effects);
    this.check();
  }

  /** Carries out one waiting effect; its answer joins those on their way. */
  runEffect(pick: number, fault: CallFault): void {
    if (this.#effects.length === 0) return;
    const [effect] = this.#effects.splice(pick % this.#effects.length, 1);
    if (!effect) return;
    this.#answers.push(this.#carryOut(effect, fault));
  }

  deliverAnswer(pick: number): void {
    if (this.#answers.length === 0) return;
    const [answer] = this.#answers.splice(pick % this.#answers.length, 1);
    if (answer) this.apply(answer);
  }

  lateRequestArrives(pick: number): void {
    if (this.#late.length === 0) return;
    const [arrive] = this.#late.splice(pick % this.#late.length, 1);
    arrive?.();
    this.check();
  }

  /** The process dies: what was not written is gone. */
  crash(): void {
    this.#effects = [];
    this.#answers = [];
  }

  get isBusy(): boolean {
    return this.#effects.length + this.#answers.length > 0;
  }

  /** An alarm, its question and the answer, as on a good day. */
  look(): void {
    this.reachAlarm();
    this.runEffect(0, "none");
    this.deliverAnswer(0);
  }

  /** Lets time go by up to the alarm, or a while when there is none; the alarm fires. */
  reachAlarm(): void {
    const dueAtMs = nextDueAtMs(this.payment);
    this.nowMs = Math.max(this.nowMs, dueAtMs ?? this.nowMs) + 1;
    this.#expireOrders();
    this.apply({ type: "due" });
  }

  passTime(ms: number): void {
    this.nowMs += ms;
    this.#expireOrders();
  }

  /** The payer, who can only pay what was handed out. A late capture may follow a provider's own "expired". */
  payerActs(pick: number, outcome: "COMPLETED" | "FAILED"): void {
    const open = [...this.handedOut].filter((id) => this.orders.get(id)?.state === "PENDING");
    const id = open[pick % Math.max(1, open.length)];
    const order = id === undefined ? undefined : this.orders.get(id);
    if (order) order.state = outcome;
  }

  /** The provider captures an order that nobody should be able to pay: a leak of a URL, a fault of theirs. */
  impossibleCapture(pick: number): void {
    const id = [...this.orders.keys()][pick % Math.max(1, this.orders.size)];
    const order = id === undefined ? undefined : this.orders.get(id);
    if (order) order.state = "COMPLETED";
  }

  webhook(pick: number): void {
    const attempt = this.payment.attempts[pick % this.payment.attempts.length];
    if (attempt) this.apply({ type: "order_hinted", n: attempt.n, repeated: pick % 2 === 1 });
    const refund = this.payment.refunds[pick % Math.max(1, this.payment.refunds.length)];
    if (refund) this.apply({ type: "refund_hinted", merchantRefundId: refund.merchantRefundId });
  }

  askRefund(paisa: number): void {
    this.#refundCount += 1;
    const request = {
      merchantRefundId: merchantRefundIdSchema.parse(`r${this.#refundCount}`),
      amountPaisa: amountPaisa(paisa),
      reason: null,
    };
    const checked = checkRefund(this.payment, request);
    if (checked.ok && checked.value === "new") this.apply({ type: "refund_taken", request });
  }

  refundMoves(pick: number, state: "CONFIRMED" | "COMPLETED" | "FAILED"): void {
    const open = [...this.refunds.values()].filter(
      (refund) => refund.state === "PENDING" || refund.state === "CONFIRMED",
    );
    const refund = open[pick % Math.max(1, open.length)];
    if (refund) refund.state = state;
  }

  #expireOrders(): void {
    for (const order of this.orders.values()) {
      if (order.state === "PENDING" && this.nowMs > order.expiresAtMs) order.state = "EXPIRED";
    }
  }

  #carryOut(effect: Effect, fault: CallFault): PaymentEvent {
    switch (effect.type) {
      case "place_order":
        return this.#placeOrder(effect.n, fault);
      case "ask_status": {
        const { n } = effect;
        if (fault !== "none") {
          return { type: "status_answered", n, outcome: { type: "unreachable", reason: fault } };
        }
        const id = attemptOf(this.payment, n).providerOrderId;
        const order = this.orders.get(id);
        if (!order) return { type: "status_answered", n, outcome: { type: "not_found" } };
        const report = {
          state: order.state,
          amountPaisa: AMOUNT_PAISA,
          providerOrderId: id,
          providerRef: order.ref,
          paymentDetails: [],
        };
        return { type: "status_answered", n, outcome: { type: "found", report } };
      }
      case "place_refund":
        return this.#placeRefund(effect.merchantRefundId, fault);
      case "ask_refund": {
        const { merchantRefundId } = effect;
        const type = "refund_status_answered";
        if (fault !== "none") {
          return { type, merchantRefundId, outcome: { type: "unreachable", reason: fault } };
        }
        const booked = this.refunds.get(merchantRefundId);
        if (!booked) return { type, merchantRefundId, outcome: { type: "not_found" } };
        const report = {
          state: booked.state,
          amountPaisa: booked.amountPaisa,
          merchantRefundId,
          providerOrderId: booked.orderId,
        };
        return { type, merchantRefundId, outcome: { type: "found", report } };
      }
      default:
        return unreachable(effect);
    }
  }

  #placeOrder(n: number, fault: CallFault): PaymentEvent {
    const id = attemptOf(this.payment, n).providerOrderId;
    const type = "pay_answered";
    if (fault === "not_sent") return { type, n, outcome: { type: "not_sent", reason: fault } };
    if (fault === "lost_request") return { type, n, outcome: { type: "unknown", reason: fault } };
    if (this.orders.has(id)) {
      const lost = fault === "lost_answer";
      return { type, n, outcome: lost ? { type: "unknown", reason: fault } : { type: "exists" } };
    }
    if (fault === "rejected") return { type, n, outcome: { type: "rejected", code: "BAD" } };
    const expiresAtMs = this.nowMs + EXPIRES_IN_MS;
    const book = () => {
      if (this.orders.has(id)) return;
      this.orders.set(id, { ref: `OMO_${id}`, state: "PENDING", expiresAtMs });
    };
    if (fault === "late_request") {
      this.#late.push(book);
      return { type, n, outcome: { type: "unknown", reason: fault } };
    }
    book();
    if (fault === "lost_answer") return { type, n, outcome: { type: "unknown", reason: fault } };
    const payUrl = `https://pay.example/${id}`;
    return {
      type,
      n,
      outcome: { type: "accepted", providerRef: `OMO_${id}`, payUrl, expiresAtMs },
    };
  }

  #placeRefund(merchantRefundId: string, fault: CallFault): PaymentEvent {
    const type = "refund_answered";
    if (fault === "not_sent") {
      return { type, merchantRefundId, outcome: { type: "not_sent", reason: fault } };
    }
    if (fault === "lost_request") {
      return { type, merchantRefundId, outcome: { type: "unknown", reason: fault } };
    }
    if (this.refunds.has(merchantRefundId)) {
      return { type, merchantRefundId, outcome: { type: "exists" } };
    }
    if (fault === "rejected") {
      return { type, merchantRefundId, outcome: { type: "rejected", code: "BAD" } };
    }
    const refund = refundOf(this.payment, merchantRefundId);
    const orderId = attemptOf(this.payment, refund.attemptN).providerOrderId;
    const book = () => {
      if (this.refunds.has(merchantRefundId)) return;
      const open = [...this.refunds.values()].some(
        (other) => other.state === "PENDING" || other.state === "CONFIRMED",
      );
      if (open) throw new Error("UAT-57: two refunds of one payment are at the provider");
      const { amountPaisa } = refund;
      this.refunds.set(merchantRefundId, { orderId, amountPaisa, state: "PENDING" });
    };
    if (fault === "late_request") {
      this.#late.push(book);
      return { type, merchantRefundId, outcome: { type: "unknown", reason: fault } };
    }
    book();
    if (fault === "lost_answer") {
      return { type, merchantRefundId, outcome: { type: "unknown", reason: fault } };
    }
    return { type, merchantRefundId, outcome: { type: "accepted", providerRefundId: "OMR" } };
  }

  /** What must hold after every step. */
  check(): void {
    const payable = [...this.handedOut].filter((id) => this.orders.get(id)?.state === "PENDING");
    if (payable.length > 1) throw new Error(`I1: the payer holds ${payable.length} pay URLs`);
    const maySoon = this.payment.attempts.filter(({ state }) => ["SENT", "OPEN"].includes(state));
    if (maySoon.length > 1) throw new Error("I1: two orders are on their way to the payer");
    for (const [id, order] of this.orders) {
      const given = [...this.refunds.values()]
        .filter((refund) => refund.orderId === id && refund.state !== "FAILED")
        .reduce((sum, refund) => sum + refund.amountPaisa, 0);
      const captured = order.state === "COMPLETED" ? AMOUNT_PAISA : 0;
      if (given > captured) throw new Error(`I3: ${given} given back of ${captured}`);
    }
    refundablePaisa(this.payment);
    if (this.payment.state === "COMPLETED") {
      const captured = this.payment.attempts.find(
        (attempt) => attempt.n === this.payment.capturedAttempt,
      );
      const order = captured && this.orders.get(captured.providerOrderId);
      if (order?.state !== "COMPLETED") throw new Error("I4: completed without a capture");
    }
    this.#checkLiveness();
  }

  /** I6: whatever has not ended has an alarm behind it, so that a crash right now would be recovered. */
  #checkLiveness(): void {
    for (const attempt of this.payment.attempts) {
      const ended = attempt.state === "DEAD" || attempt.state === "CAPTURED";
      if (!ended && attempt.nextAtMs === null) {
        throw new Error(`I6: attempt ${attempt.n} in ${attempt.state} has no alarm`);
      }
    }
    const active = this.payment.refunds.filter((refund) => refund.nextAtMs !== null);
    for (const refund of this.payment.refunds) {
      const ended = refund.state === "COMPLETED" || refund.state === "FAILED";
      const waitsForOther = refund.state === "QUEUED" && active.length > 0;
      if (!ended && refund.nextAtMs === null && !waitsForOther) {
        throw new Error(`I6: refund ${refund.merchantRefundId} in ${refund.state} has no alarm`);
      }
    }
  }

  /** The faults are over: alarms fire until nothing is due any more. Then the books and the payment must agree. */
  settle(): void {
    while (this.#late.length > 0) this.lateRequestArrives(0);
    for (let round = 0; round < 400; round += 1) {
      while (this.isBusy) {
        this.runEffect(0, "none");
        this.deliverAnswer(0);
      }
      for (const refund of this.refunds.values()) {
        if (refund.state !== "FAILED") refund.state = "COMPLETED";
      }
      if (nextDueAtMs(this.payment) === null) break;
      this.reachAlarm();
      if (round > 100) this.passTime(HOUR_MS);
    }
    this.checkEnd();
  }

  checkEnd(): void {
    const { state, attempts, refunds, capturedAttempt } = this.payment;
    if (!["COMPLETED", "FAILED", "EXPIRED"].includes(state)) {
      throw new Error(`the payment never ended: ${state}`);
    }
    for (const [id, booked] of this.refunds) {
      const refund = refundOf(this.payment, id);
      if (refund.state !== booked.state) {
        throw new Error(`refund ${id} is ${booked.state} at the provider and ${refund.state} here`);
      }
    }
    for (const [id, order] of this.orders) {
      if (order.state !== "COMPLETED") continue;
      const attempt = attempts.find((one) => one.providerOrderId === id);
      if (!attempt) throw new Error(`I2: nobody knows order ${id}`);
      if (attempt.n === capturedAttempt) continue;
      const back = refunds.find(
        (refund) =>
          refund.attemptN === attempt.n &&
          refund.automatic &&
          refund.amountPaisa === AMOUNT_PAISA &&
          refund.state === "COMPLETED",
      );
      // Money for an order that the provider made after it had long denied it, and whose URL nobody was given, with no
      // word to us, is not seen by anyone.
      const neverSeen = attempt.state === "DEAD" && attempt.providerRef === null;
      if (!back && !neverSeen) throw new Error(`I2: capture of ${id} was kept`);
    }
  }
}
