/**
 * Histories of a gateway that is right by construction: it does one thing at a time, each at one moment, and a call
 * begins some time before its moment and is answered some time after it, or never.
 */
import fc from "fast-check";
import type { RecordedAnswer, RecordedCall } from "./sights.ts";

const ORDERS = ["order-1", "order-2"] as const;
const MOMENT_MS = 10;

const happening = fc.record({
  what: fc.constantFrom(
    "initiate",
    "initiate",
    "other_content",
    "status",
    "status",
    "status",
    "provider",
    "provider",
    "refund",
    "refund_status",
    "refund_moves",
  ),
  order: fc.constantFrom(...ORDERS),
  key: fc.constantFrom("key-1", "key-2", null),
  refund: fc.constantFrom("refund-1", "refund-2"),
  /** Calls overlap where these are longer than the time between two moments. */
  beforeMs: fc.nat({ max: 25 }),
  afterMs: fc.nat({ max: 25 }),
  fate: fc.constantFrom("answered", "answered", "answered", "answer_lost", "request_lost"),
});
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;

/** A fast-check arbitrary of correct histories. */
export function histories(): fc.Arbitrary<readonly RecordedCall[]> {
  return fc.array(happening, { minLength: 10, maxLength: 60 }).map((happenings) => {
    const gateway = new ModelGateway();
    return happenings.flatMap((one, at) => gateway.happen(one, at * MOMENT_MS));
  });
}

interface Payment {
  readonly content: string;
  readonly fixed: object;
  readonly timeline: string[];
  readonly refunds: Map<string, Refund>;
}

interface Refund {
  readonly createdAt: number;
  state: "PENDING" | "CONFIRMED" | "COMPLETED";
}

type Told = Pick<RecordedAnswer, "status" | "body">;

const AMOUNT = 1_000;
const PART = 400;

class ModelGateway {
  readonly #payments = new Map<string, Payment>();
  readonly #answers = new Map<string, Told & { readonly content: string }>();
  #requests = 0;

  happen(one: Happening, atMs: number): RecordedCall[] {
    if (one.what === "provider") {
      this.#moves(one.order);
      return [];
    }
    if (one.what === "refund_moves") {
      this.#refundMoves(one);
      return [];
    }
    const call = this.#callOf(one, atMs);
    if (one.fate === "request_lost") return [{ ...call, answer: null }];
    const { replayed, ...told } = this.#answer(one, { call, atMs });
    if (one.fate === "answer_lost") return [{ ...call, answer: null }];
    return [{ ...call, answer: { ...told, replayed, endMs: atMs + one.afterMs } }];
  }

  #callOf(one: Happening, atMs: number): Omit<RecordedCall, "answer"> {
    const isRefund = one.what === "refund" || one.what === "refund_status";
    const isWrite = one.what !== "status" && one.what !== "refund_status";
    const operation = one.what === "other_content" ? "initiate" : this.#operation(one.what);
    const key = isWrite && one.key !== null ? `${operation}-${one.order}-${one.key}` : null;
    return {
      operation,
      key: key !== null && isRefund ? `${key}-${one.refund}` : key,
      merchantOrderId: one.order,
      merchantRefundId: isRefund ? `${one.order}-${one.refund}` : null,
      requestHash: `${one.what}-${one.order}-${isRefund ? one.refund : ""}`,
      startMs: atMs - one.beforeMs,
    };
  }

  #operation(what: Happening["what"]): RecordedCall["operation"] {
    if (what === "refund" || what === "refund_status" || what === "status") return what;
    return "initiate";
  }

  #answer(
    one: Happening,
    { call, atMs }: { readonly call: Omit<RecordedCall, "answer">; readonly atMs: number },
  ): Told & { readonly replayed: boolean } {
    const { key, requestHash } = call;
    const kept = key === null ? undefined : this.#answers.get(key);
    if (kept && kept.content !== requestHash) {
      return { status: 422, body: '{"code":"idempotency_key_reused"}', replayed: false };
    }
    if (kept) return { status: kept.status, body: kept.body, replayed: true };
    const told = this.#do(one, { content: requestHash, atMs });
    if (key !== null && told.status < 300)
      this.#answers.set(key, { ...told, content: requestHash });
    return { ...told, replayed: false };
  }

  #do(one: Happening, call: { readonly content: string; readonly atMs: number }): Told {
    const payment = this.#payments.get(one.order);
    switch (one.what) {
      case "status":
        return payment ? this.#show(200, one.order) : { status: 404, body: "{}" };
      case "refund":
        return this.#refund(one, call.atMs);
      case "refund_status":
        return this.#showRefund(200, one);
      case "initiate":
      case "other_content":
        return this.#initiate(one.order, call);
      case "provider":
      case "refund_moves":
        break;
    }
    throw new Error(`${one.what} is no call`);
  }

  #initiate(order: string, call: { readonly content: string; readonly atMs: number }): Told {
    const payment = this.#payments.get(order);
    if (payment && payment.content !== call.content) return { status: 409, body: "{}" };
    if (payment) return this.#show(200, order);
    this.#payments.set(order, {
      content: call.content,
      fixed: { paymentId: `pay-${order}`, createdAt: call.atMs },
      timeline: ["INITIATING"],
      refunds: new Map(),
    });
    return this.#show(202, order);
  }

  #refund(one: Happening, atMs: number): Told {
    const payment = this.#payments.get(one.order);
    if (payment?.timeline.at(-1) !== "COMPLETED") return { status: 409, body: "{}" };
    if (payment.refunds.has(one.refund)) return this.#showRefund(200, one);
    payment.refunds.set(one.refund, { createdAt: atMs, state: "PENDING" });
    return this.#showRefund(201, one);
  }

  #moves(order: string): void {
    const { timeline } = this.#payments.get(order) ?? {};
    if (timeline?.at(-1) === "INITIATING") timeline.push("PENDING");
    else if (timeline?.at(-1) === "PENDING") timeline.push("COMPLETED");
  }

  #refundMoves({ order, refund }: Happening): void {
    const one = this.#payments.get(order)?.refunds.get(refund);
    if (one) one.state = one.state === "PENDING" ? "CONFIRMED" : "COMPLETED";
  }

  #show(status: number, order: string): Told {
    const payment = this.#payments.get(order);
    if (!payment) return { status: 404, body: "{}" };
    const state = payment.timeline.at(-1);
    const refunds = [...payment.refunds].map(([id, refund]) => refundView(order, id, refund));
    const given = refunds.filter((refund) => refund.state === "COMPLETED").length;
    const body = {
      ...payment.fixed,
      state,
      amount: AMOUNT,
      ...(state === "PENDING" ? { redirectUrl: `https://pay.example/${order}` } : {}),
      security: this.#security(),
      capturedAmount: state === "COMPLETED" ? AMOUNT : 0,
      refundedAmount: given * PART,
      timeline: payment.timeline,
      refunds,
    };
    return { status, body: JSON.stringify(body) };
  }

  #showRefund(status: number, { order, refund: id }: Happening): Told {
    const refund = this.#payments.get(order)?.refunds.get(id);
    if (!refund) return { status: 404, body: "{}" };
    const body = { ...refundView(order, id, refund), security: this.#security() };
    return { status, body: JSON.stringify(body) };
  }

  /** What makes the answers to two calls differ, and a replay not. */
  #security(): object {
    this.#requests += 1;
    return { requestId: String(this.#requests) };
  }
}

function refundView(order: string, id: string, { createdAt, state }: Refund) {
  const merchantRefundId = `${order}-${id}`;
  return { merchantRefundId, merchantOrderId: order, state, amount: PART, createdAt };
}

/** A call written by hand, answered five milliseconds after it began. */
export function recorded(
  call: Pick<RecordedCall, "operation" | "key" | "merchantOrderId" | "startMs"> & {
    readonly answer: Told | null;
  },
): RecordedCall {
  return {
    ...call,
    merchantRefundId: null,
    requestHash: "hash",
    answer: call.answer && { ...call.answer, replayed: false, endMs: call.startMs + 5 },
  };
}
