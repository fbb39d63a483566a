/**
 * A provider behind the payments room's port, with books of its own. A test scripts what the next calls answer;
 * what is not scripted behaves like a provider on a good day. Lives in the isolate of the tests and the objects.
 */
import type {
  OrderReport,
  PayCommand,
  PaymentDetail,
  PayOutcome,
  Provider,
  ProviderName,
  RefundCommand,
  RefundOutcome,
  RefundReport,
  RefundStatusOutcome,
  StatusOutcome,
} from "#payments";

interface BookedOrder {
  readonly amountPaisa: number;
  readonly providerRef: string;
  state: OrderReport["state"];
  errorCode?: string;
}

interface BookedRefund {
  readonly amountPaisa: number;
  readonly providerOrderId: string;
  state: RefundReport["state"];
}

type Scripted<Outcome> = Outcome | (() => Promise<Outcome>);

export interface FakeProvider extends Provider {
  /** Orders and refunds as the provider has them, by id: the truth that tests compare with. */
  readonly orders: Map<string, BookedOrder>;
  readonly refunds: Map<string, BookedRefund>;
  /** The masked instruments that every order's report shows. */
  readonly details: PaymentDetail[];
  readonly calls: { readonly name: string; readonly id: string }[];
  /** The next answers, in order; `stored` says whether the effect happens all the same. */
  nextPay(answer: Scripted<PayOutcome>, options?: { readonly stored: boolean }): void;
  nextStatus(answer: Scripted<StatusOutcome>): void;
  nextRefund(answer: Scripted<RefundOutcome>, options?: { readonly stored: boolean }): void;
  nextRefundStatus(answer: Scripted<RefundStatusOutcome>): void;
  /** Books the order at once and holds the pay answer back until `released` says so. */
  hold(id: string, released: () => boolean): void;
  /** The payer pays, fails or runs out of time. */
  settle(id: string, state: OrderReport["state"], errorCode?: string): void;
  settleRefund(id: string, state: RefundReport["state"]): void;
  /** Of one order or refund, when its id is given: what is under way elsewhere goes on beside. */
  callsOf(name: string, id?: string): number;
}

const EXPIRES_IN_MS = 900_000;

export function makeFakeProvider(
  nowMs: () => number,
  name: ProviderName = "phonepe",
): FakeProvider {
  const pays: { answer: Scripted<PayOutcome>; stored: boolean }[] = [];
  const statuses: Scripted<StatusOutcome>[] = [];
  const refundAnswers: { answer: Scripted<RefundOutcome>; stored: boolean }[] = [];
  const refundStatuses: Scripted<RefundStatusOutcome>[] = [];
  const orders = new Map<string, BookedOrder>();
  const refunds = new Map<string, BookedRefund>();
  const details: PaymentDetail[] = [];
  const calls: { name: string; id: string }[] = [];
  const holds = new Map<string, () => boolean>();

  const book = ({ providerOrderId, amountPaisa }: PayCommand) => {
    if (!orders.has(providerOrderId)) {
      orders.set(providerOrderId, {
        amountPaisa,
        providerRef: `OMO_${providerOrderId}`,
        state: "PENDING",
      });
    }
  };
  const bookRefund = ({ merchantRefundId, providerOrderId, amountPaisa }: RefundCommand) => {
    if (!refunds.has(merchantRefundId)) {
      refunds.set(merchantRefundId, { amountPaisa, providerOrderId, state: "PENDING" });
    }
  };

  return {
    name,
    checkoutScriptUrl: name === "phonepe" ? "https://pay.example/checkout.js" : null,
    orders,
    refunds,
    details,
    calls,
    async pay(command) {
      const id = command.providerOrderId;
      calls.push({ name: "pay", id });
      const scripted = pays.shift();
      if (scripted) {
        if (scripted.stored) book(command);
        return answerOf(scripted.answer);
      }
      if (orders.has(id)) return { type: "exists" };
      book(command);
      // Polls, since a promise belongs to one context only.
      while (holds.get(id)?.() === false) await scheduler.wait(5);
      return {
        type: "accepted",
        providerRef: `OMO_${id}`,
        payUrl: `https://pay.example/${id}`,
        expiresAtMs: nowMs() + EXPIRES_IN_MS,
      };
    },
    async orderStatus(id) {
      calls.push({ name: "orderStatus", id });
      const scripted = statuses.shift();
      if (scripted) return answerOf(scripted);
      const order = orders.get(id);
      if (!order) return { type: "not_found" };
      const { amountPaisa, providerRef, state, errorCode } = order;
      return {
        type: "found",
        report: {
          state,
          amountPaisa,
          providerOrderId: id,
          providerRef,
          errorCode,
          paymentDetails: details,
        },
      };
    },
    async refund(command) {
      const id = command.merchantRefundId;
      calls.push({ name: "refund", id });
      const scripted = refundAnswers.shift();
      if (scripted) {
        if (scripted.stored) bookRefund(command);
        return answerOf(scripted.answer);
      }
      if (refunds.has(id)) return { type: "exists" };
      bookRefund(command);
      return { type: "accepted", providerRefundId: `OMR_${id}` };
    },
    async refundStatus({ merchantRefundId: id }) {
      calls.push({ name: "refundStatus", id });
      const scripted = refundStatuses.shift();
      if (scripted) return answerOf(scripted);
      const refund = refunds.get(id);
      if (!refund) return { type: "not_found" };
      return {
        type: "found",
        report: {
          state: refund.state,
          amountPaisa: refund.amountPaisa,
          merchantRefundId: id,
          providerOrderId: refund.providerOrderId,
          providerRefundId: `OMR_${id}`,
        },
      };
    },
    nextPay: (answer, options = { stored: false }) => pays.push({ answer, stored: options.stored }),
    nextStatus: (answer) => statuses.push(answer),
    nextRefund: (answer, options = { stored: false }) =>
      refundAnswers.push({ answer, stored: options.stored }),
    nextRefundStatus: (answer) => refundStatuses.push(answer),
    hold: (id, released) => holds.set(id, released),
    settle(id, state, errorCode) {
      const order = orders.get(id);
      if (!order) throw new Error(`the books hold no order ${id}`);
      order.state = state;
      if (errorCode !== undefined) order.errorCode = errorCode;
    },
    settleRefund(id, state) {
      const refund = refunds.get(id);
      if (!refund) throw new Error(`the books hold no refund ${id}`);
      refund.state = state;
    },
    callsOf: (name, id) =>
      calls.filter((call) => call.name === name && (id === undefined || call.id === id)).length,
  };
}

function answerOf<Outcome>(scripted: Scripted<Outcome>): Promise<Outcome> {
  return isFunction(scripted) ? scripted() : Promise.resolve(scripted);
}

function isFunction<Outcome>(scripted: Scripted<Outcome>): scripted is () => Promise<Outcome> {
  return typeof scripted === "function";
}
