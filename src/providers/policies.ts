/**
 * How each operation leaves the house: one row each, and the pure decision whether to try again. What creates money
 * is sent once; whether to send it again is the payment's decision, after it has asked for the status (I6).
 */
import { retryAfterMsOf, SECOND_MS } from "#base";
import type { OutboundResult } from "./outbound.ts";

export const OPERATIONS = [
  "pay",
  "order_status",
  "refund",
  "refund_status",
  "oauth",
  "v1_status",
  "notification",
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** What came of a try, as far as policies tell them apart. */
type ResultKind =
  | "success"
  | "redirect"
  | "client_error"
  | "slow_down"
  | "server_error"
  | "timeout"
  | "network"
  | "too_large"
  | "not_sent";

export interface Policy {
  /** Of one try, up to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Of all tries with the waits between them. */
  readonly totalBudgetMs: number;
  readonly triesMax: number;
  readonly retryable: ReadonlySet<ResultKind>;
  /** What the circuit breaker counts as a failure: the provider did not answer, or not with an answer of its own. */
  readonly failures: ReadonlySet<ResultKind>;
}

const TRANSIENT: ReadonlySet<ResultKind> = new Set([
  "timeout",
  "network",
  "server_error",
  "slow_down",
]);
const NEVER: ReadonlySet<ResultKind> = new Set();
/** Neither 4xx nor 429: whoever says them works. */
const BROKEN: ReadonlySet<ResultKind> = new Set([
  "timeout",
  "network",
  "server_error",
  "too_large",
]);

/** A late answer still brings the pay URL, so calls that create wait longer than a caller of ours does. */
const CREATE: Policy = {
  timeoutMs: 12 * SECOND_MS,
  totalBudgetMs: 12 * SECOND_MS,
  triesMax: 1,
  retryable: NEVER,
  failures: BROKEN,
};
const READ: Policy = {
  timeoutMs: 5 * SECOND_MS,
  totalBudgetMs: 8 * SECOND_MS,
  triesMax: 3,
  retryable: TRANSIENT,
  failures: BROKEN,
};

export const POLICIES: Readonly<Record<OperationName, Policy>> = {
  pay: CREATE,
  order_status: READ,
  refund: CREATE,
  refund_status: READ,
  // A POST that creates nothing but a token. The token object asks again by itself.
  oauth: { ...READ, triesMax: 2 },
  v1_status: READ,
  // The outbox repeats it, for 72 hours.
  notification: { ...CREATE, timeoutMs: 15 * SECOND_MS, totalBudgetMs: 15 * SECOND_MS },
};

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MS_MAX = 2 * SECOND_MS;
/** A try with less time than this left would end as a time-out and say nothing. */
const TRY_MS_MIN = SECOND_MS;

/** How it stands after some tries. */
export interface Tried {
  readonly tries: number;
  readonly result: OutboundResult;
  readonly elapsedMs: number;
  readonly nowMs: number;
  /** 0 to 1. */
  readonly random: number;
}

/**
 * How long to wait before the next try, in ms; `undefined` when there is none. Full jitter; never sooner than
 * `Retry-After` says, and a wait that does not fit the budget ends it. "Slow down" without saying until when is not
 * answered with another call at once (contract.md 7.1).
 */
export function nextTry(policy: Policy, tried: Tried): number | undefined {
  const { tries, result, elapsedMs, nowMs, random } = tried;
  const kind = kindOf(result);
  if (tries >= policy.triesMax || !policy.retryable.has(kind)) return undefined;
  const askedMs = result.type === "answer" ? retryAfterMsOf(result.retryAfter, nowMs) : null;
  if (kind === "slow_down" && askedMs === null) return undefined;
  const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_FIRST_MS * 2 ** (tries - 1));
  const waitMs = (askedMs ?? 0) + Math.floor(random * backoffMs);
  return elapsedMs + waitMs + TRY_MS_MIN <= policy.totalBudgetMs ? waitMs : undefined;
}

/** Whether the breaker counts a try against the provider. */
export function isFailure(policy: Policy, result: OutboundResult): boolean {
  return policy.failures.has(kindOf(result));
}

function kindOf(result: OutboundResult): ResultKind {
  if (result.type === "not_sent") return "not_sent";
  if (result.type === "no_answer") return result.reason;
  const { status } = result;
  if (status >= 500) return "server_error";
  if (status === 429) return "slow_down";
  if (status >= 400) return "client_error";
  return status >= 300 ? "redirect" : "success";
}
