/**
 * PhonePe's v2 API for one merchant, behind the payments room's port. Each call says what it knows, never more:
 * PhonePe's pay is at most once and not idempotent (contract.md 3.4), so only answers that prove it are taken
 * as "no order exists".
 */
import type { ProviderOrderId } from "#base";
import { type Clock, readJson, SECOND_MS, unreachable } from "#base";
import type {
  PayCommand,
  PayOutcome,
  Provider,
  RefundCommand,
  RefundOutcome,
  RefundQuery,
  RefundStatusOutcome,
  StatusOutcome,
} from "#payments";
import type { Guarded } from "../guarded.ts";
import type { OutboundResult } from "../outbound.ts";
import type { OperationName } from "../policies.ts";
import { maskAttempt } from "./mask.ts";
import {
  errorCodeOf,
  orderStatusSchema,
  payAnswerSchema,
  refundAnswerSchema,
  refundStatusSchema,
} from "./schemas.ts";
import {
  NOT_FOUND_CODES,
  ORDER_EXISTS_CODES,
  orderStateOf,
  REFUND_EXISTS_CODES,
  refundStateOf,
} from "./status-map.ts";
import type { TokenSource } from "./token-source.ts";

export interface PhonePeOptions {
  readonly guarded: Guarded;
  readonly tokens: TokenSource;
  readonly nowMs: Clock;
  /** `PHONEPE_PG_URL`: base of all calls but OAuth (contract.md 1.1). */
  readonly pgUrl: string;
  readonly checkoutScriptUrl: string;
}

interface Call {
  readonly operation: OperationName;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

/** Beside the outcomes of a call: there was no token to make it with, so it was never made. */
type CallResult = OutboundResult | { readonly type: "no_token"; readonly reason: string };

export function makePhonePeClient(options: PhonePeOptions): Provider {
  const call = (request: Call) => callWithToken(options, request);

  const orderStatus = async (id: ProviderOrderId): Promise<StatusOutcome> =>
    readOrderStatus(
      await call({
        operation: "order_status",
        method: "GET",
        path: `/checkout/v2/order/${encodeURIComponent(id)}/status?details=true&errorContext=true`,
      }),
    );

  const refundStatus = async ({ merchantRefundId }: RefundQuery): Promise<RefundStatusOutcome> =>
    readRefundStatus(
      await call({
        operation: "refund_status",
        method: "GET",
        path: `/payments/v2/refund/${encodeURIComponent(merchantRefundId)}/status`,
      }),
    );

  return {
    name: "phonepe",
    checkoutScriptUrl: options.checkoutScriptUrl,
    orderStatus,
    refundStatus,
    async pay(command) {
      const result = await call({
        operation: "pay",
        method: "POST",
        path: "/checkout/v2/pay",
        body: payBody(command),
      });
      const outcome = readPay(result, fallbackExpiry(command, options.nowMs()));
      if (!isAmbiguousRefusal(outcome)) return outcome;
      return settleRefusal(outcome, await orderStatus(command.providerOrderId));
    },
    async refund(command) {
      const result = await call({
        operation: "refund",
        method: "POST",
        path: "/payments/v2/refund",
        body: refundBody(command),
      });
      const outcome = readRefund(result);
      if (!isAmbiguousRefusal(outcome)) return outcome;
      return settleRefusal(outcome, await refundStatus(command));
    },
  };
}

/** One call with the current token; a 401 proves that nothing was done, so one more with a new one (UAT-07). */
async function callWithToken(options: PhonePeOptions, request: Call): Promise<CallResult> {
  const first = await options.tokens.get();
  if (!first.ok) return { type: "no_token", reason: first.reason };
  const send = (authorization: string) =>
    options.guarded(request.operation, {
      method: request.method,
      url: `${options.pgUrl}${request.path}`,
      headers: { "content-type": "application/json", accept: "application/json", authorization },
      ...(request.body ? { body: JSON.stringify(request.body) } : {}),
    });
  const result = await send(`${first.token.tokenType} ${first.token.accessToken}`);
  if (result.type !== "answer" || result.status !== 401) return result;
  const second = await options.tokens.renew(first.token);
  if (!second.ok) return { type: "no_token", reason: second.reason };
  return send(`${second.token.tokenType} ${second.token.accessToken}`);
}

/** Only listed fields, no empty udfs, the amount in paisa, the expiry always (contract.md 3.1; UAT-10 to UAT-15). */
function payBody({ providerOrderId, amountPaisa, order }: PayCommand): object {
  const udfs = Object.entries(order.metaInfo ?? {}).filter(([, value]) => value !== "");
  return {
    merchantOrderId: providerOrderId,
    amount: amountPaisa,
    expireAfter: order.expireAfterSec,
    ...(udfs.length > 0 ? { metaInfo: Object.fromEntries(udfs) } : {}),
    paymentFlow: {
      type: "PG_CHECKOUT",
      ...(order.message === undefined ? {} : { message: order.message }),
      merchantUrls: { redirectUrl: order.redirectUrl },
      ...(order.paymentModeConfig === undefined
        ? {}
        : { paymentModeConfig: order.paymentModeConfig }),
    },
  };
}

function refundBody({ merchantRefundId, providerOrderId, amountPaisa }: RefundCommand): object {
  return { merchantRefundId, originalMerchantOrderId: providerOrderId, amount: amountPaisa };
}

function fallbackExpiry({ order }: PayCommand, nowMs: number): number {
  return nowMs + order.expireAfterSec * SECOND_MS;
}

type Refusal =
  | { readonly type: "exists" }
  | { readonly type: "rejected"; readonly code: string }
  | { readonly type: "not_sent"; readonly reason: string }
  | { readonly type: "unknown"; readonly reason: string };

function readPay(result: CallResult, fallbackExpiresAtMs: number): PayOutcome {
  if (result.type !== "answer" || !isSuccess(result.status)) {
    return readRefusal(result, ORDER_EXISTS_CODES);
  }
  const parsed = payAnswerSchema().safeParse(readJson(result.text));
  // A 200 that cannot be read has made an order all the same.
  if (!parsed.success) return { type: "unknown", reason: "malformed_answer" };
  return {
    type: "accepted",
    providerRef: parsed.data.orderId,
    payUrl: parsed.data.redirectUrl,
    expiresAtMs: parsed.data.expireAt ?? fallbackExpiresAtMs,
  };
}

function readRefund(result: CallResult): RefundOutcome {
  if (result.type !== "answer" || !isSuccess(result.status)) {
    return readRefusal(result, REFUND_EXISTS_CODES);
  }
  const parsed = refundAnswerSchema().safeParse(readJson(result.text));
  if (!parsed.success) return { type: "unknown", reason: "malformed_answer" };
  return { type: "accepted", providerRefundId: parsed.data.refundId };
}

/** What an answer other than success proves about a call that creates (contract.md 7.2, 7.4). */
function readRefusal(result: CallResult, existsCodes: ReadonlySet<string>): Refusal {
  switch (result.type) {
    case "no_token":
      return { type: "not_sent", reason: `no_token_${result.reason}` };
    case "not_sent":
      return { type: "not_sent", reason: result.reason };
    case "no_answer":
      return { type: "unknown", reason: result.reason };
    case "answer": {
      const { status } = result;
      const code = errorCodeOf(result.text);
      if (existsCodes.has(code)) return { type: "exists" };
      if (status === 401 || status === 429) return { type: "not_sent", reason: `http_${status}` };
      const refused = status >= 400 && status < 500 && status !== 408;
      if (refused) return { type: "rejected", code: code || `HTTP_${status}` };
      return { type: "unknown", reason: `http_${status}` };
    }
    default:
      return unreachable(result);
  }
}

/** `BAD_REQUEST` is said of a bad body and of a used id alike (CF-01): only the status API tells them apart. */
function isAmbiguousRefusal(
  outcome: PayOutcome | RefundOutcome,
): outcome is Extract<Refusal, { type: "rejected" }> {
  return outcome.type === "rejected" && outcome.code === "BAD_REQUEST";
}

function settleRefusal(
  refusal: Extract<Refusal, { type: "rejected" }>,
  status: StatusOutcome | RefundStatusOutcome,
): Refusal {
  if (status.type === "found") return { type: "exists" };
  if (status.type === "not_found") return refusal;
  return { type: "unknown", reason: "refused_unconfirmed" };
}

function readOrderStatus(result: CallResult): StatusOutcome {
  if (result.type !== "answer") return { type: "unreachable", reason: result.reason };
  if (!isSuccess(result.status)) return readMissing(result);
  const parsed = orderStatusSchema().safeParse(readJson(result.text));
  if (!parsed.success) return { type: "unreachable", reason: "malformed_answer" };
  const order = parsed.data;
  return {
    type: "found",
    report: {
      state: orderStateOf(order.state, order),
      amountPaisa: order.amount,
      providerOrderId: order.merchantOrderId,
      providerRef: order.orderId,
      expiresAtMs: order.expireAt,
      errorCode: order.errorCode,
      detailedErrorCode: order.detailedErrorCode,
      paymentDetails: order.paymentDetails.map(maskAttempt),
    },
  };
}

function readRefundStatus(result: CallResult): RefundStatusOutcome {
  if (result.type !== "answer") return { type: "unreachable", reason: result.reason };
  if (!isSuccess(result.status)) return readMissing(result);
  const parsed = refundStatusSchema().safeParse(readJson(result.text));
  if (!parsed.success) return { type: "unreachable", reason: "malformed_answer" };
  const refund = parsed.data;
  return {
    type: "found",
    report: {
      state: refundStateOf(refund.state),
      amountPaisa: refund.amount,
      merchantRefundId: refund.merchantRefundId,
      providerOrderId: refund.originalMerchantOrderId,
      providerRefundId: refund.refundId,
      errorCode: refund.errorCode,
    },
  };
}

/** "Not found" in all its forms (CF-02); a wrong base URL answers 404 too and must not look like a missing order. */
function readMissing(result: {
  readonly status: number;
  readonly text: string;
}): { type: "not_found" } | { type: "unreachable"; reason: string } {
  const code = errorCodeOf(result.text);
  const wrongUrl = code === "404";
  const notFound = (result.status === 404 && !wrongUrl) || NOT_FOUND_CODES.has(code);
  return notFound
    ? { type: "not_found" }
    : { type: "unreachable", reason: `http_${result.status}` };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
