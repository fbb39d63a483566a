/** One thing that is wrong in a request, by JSON pointer (`/amount`). */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** What a {@link ProblemError} tells. */
export interface ProblemFields {
  /** Stable snake_case code of the gateway (api.md section 2), or `unexpected_response`. */
  readonly code: string;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  /** Quote it when you ask the gateway's operators. */
  readonly requestId?: string;
  /** Filled for `validation_failed`; empty otherwise. */
  readonly errors: readonly FieldError[];
  /** From `Retry-After`, seconds. */
  readonly retryAfterSec?: number;
  /** True: the stored answer of an earlier try, which the same idempotency key gives again. */
  readonly replayed: boolean;
}

/**
 * The gateway answered, and the answer is no. Branch on `code`; title and detail are prose.
 * The code `unexpected_response` stands for an answer that the gateway's contract does not know,
 * e.g. a proxy's error page.
 */
export class ProblemError extends Error implements ProblemFields {
  override readonly name = "ProblemError";
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly requestId?: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSec?: number;
  readonly replayed: boolean;

  constructor(fields: ProblemFields) {
    const detail = fields.detail === undefined ? "" : ` ${fields.detail}`;
    super(`${fields.status} ${fields.code}: ${fields.title}${detail}`);
    this.code = fields.code;
    this.status = fields.status;
    this.title = fields.title;
    this.errors = fields.errors;
    this.replayed = fields.replayed;
    if (fields.detail !== undefined) this.detail = fields.detail;
    if (fields.requestId !== undefined) this.requestId = fields.requestId;
    if (fields.retryAfterSec !== undefined) this.retryAfterSec = fields.retryAfterSec;
  }
}

/**
 * No whole answer came: no connection, a broken one, or the time was up (`cause` says which). For
 * a write this says **nothing about the outcome**. Read `status`, or repeat the call with the same
 * `merchantOrderId` or `merchantRefundId`, or with the same `idempotencyKey`: that never makes a
 * second order or refund.
 */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** The key that the call was sent with, for repeating it. */
  readonly idempotencyKey?: string;

  constructor(message: string, context: { cause: unknown; idempotencyKey?: string | undefined }) {
    super(message, { cause: context.cause });
    if (context.idempotencyKey !== undefined) this.idempotencyKey = context.idempotencyKey;
  }
}
