/**
 * What the rest of the gateway learns of a payment: each state change as one event for the audit log (I7), and the
 * payment's present facts for the ledger. Made in the transaction of the change, sent afterwards.
 */
import type * as z from "zod";
import { type AuditEvent, HOUR_MS, MINUTE_MS, SECOND_MS } from "#base";
import type { Payment, PaymentState, TimelineEntry } from "./model.ts";
import { type RequestIdentity, shownAttempt } from "./presenter.ts";
import { capturedPaisa, refundedPaisa } from "./sums.ts";

/** A payment as it stands in its merchant's ledger: ids, state and money, nobody's person (I10). */
export interface PaymentFacts {
  readonly merchantOrderId: string;
  readonly paymentId: string;
  readonly state: PaymentState;
  readonly amountPaisa: number;
  readonly capturedPaisa: number;
  readonly refundedPaisa: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Who was given the order that tells the payer's story; null before anybody was. */
  readonly provider: string | null;
  /** What the payer paid with, and at which bank, as the provider calls them. */
  readonly instrument: string | null;
  readonly bank: string | null;
  readonly errorCode: string | null;
  /** Whether a pay page was there to be opened. */
  readonly opened: boolean;
  /** Whether another provider than the first choice was given the order. */
  readonly failover: boolean;
  /** When it came to its end; null while it has none. */
  readonly endedAtMs: number | null;
  /** Number of the newest event: facts with a higher one are newer. */
  readonly eventSeq: number;
}

/** Steps follow each other within seconds: they go out together, a third of the calls. */
export const PUBLISH_AFTER_MS = 5 * SECOND_MS;
/** A try that died with its object is taken up again after this. */
export const PUBLISH_LEASE_MS = MINUTE_MS;
const AGAIN_MS = 30 * SECOND_MS;

export function factsOf(payment: Payment): PaymentFacts {
  const { merchantOrderId, paymentId, state, amountPaisa, createdAtMs, updatedAtMs, eventSeq } =
    payment;
  return {
    merchantOrderId,
    paymentId,
    state,
    amountPaisa,
    capturedPaisa: capturedPaisa(payment),
    refundedPaisa: refundedPaisa(payment),
    createdAtMs,
    updatedAtMs,
    eventSeq,
    ...storyOf(payment),
  };
}

function storyOf(payment: Payment) {
  const { attempts, route, state, errorCode, updatedAtMs } = payment;
  const shown = shownAttempt(payment);
  const { paymentMode, instrument } = shown?.paymentDetails.at(-1) ?? {};
  const isUnderWay = state === "INITIATING" || state === "PENDING";
  return {
    provider: shown?.provider ?? null,
    instrument: typeof paymentMode === "string" ? paymentMode : null,
    bank: bankOf(instrument),
    errorCode,
    opened: attempts.some(({ openedAtMs }) => openedAtMs !== null),
    failover: attempts.some(({ provider }) => provider !== route[0]),
    endedAtMs: isUnderWay ? null : updatedAtMs,
  };
}

function bankOf(instrument: z.core.util.JSONType | undefined): string | null {
  const isObject = typeof instrument === "object" && instrument !== null;
  const bankId = isObject && !Array.isArray(instrument) ? instrument["bankId"] : undefined;
  return typeof bankId === "string" ? bankId : null;
}

/** One state change for the audit log; `by` is the request that asked for it, if one did. */
export function auditEventOf(
  payment: Payment,
  entry: TimelineEntry,
  by: RequestIdentity | undefined,
): AuditEvent {
  const { paymentId, merchantOrderId, amountPaisa } = payment;
  const { seq, atMs, event, from, to, cause } = entry;
  return {
    id: `${paymentId}/${seq}`,
    atMs,
    actor: by ? { type: "api_key", id: by.keyId } : { type: "system", id: cause },
    action: "payment.state_changed",
    object: { type: "payment", id: paymentId },
    outcome: "success",
    requestId: by?.requestId ?? null,
    address: null,
    details: { seq, event, from, to, cause, merchantOrderId, amountPaisa },
  };
}

/** When to try again after so many tries that failed: it never gives up (I7). */
export function publishAgainAtMs(tries: number, nowMs: number): number {
  return nowMs + Math.min(HOUR_MS, AGAIN_MS * 2 ** Math.min(tries - 1, 10));
}
