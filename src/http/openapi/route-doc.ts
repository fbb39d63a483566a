/** What is said about one route, and the problems that routes of a kind have in common. */
import type * as z from "zod";
import type { Scope } from "#door";
import type { ProblemCode } from "#problems";
import type { AnswerName, RequestName } from "./schema-table.ts";

/** Which window of the rate limits a call counts in (api.md 4, "Rate limits"). */
type RateClass = "initiate" | "refund" | "read" | "security";

export type Tag =
  | "Payments"
  | "Refunds"
  | "Operations"
  | "API keys"
  | "Configuration"
  | "Customers"
  | "Webhooks"
  | "Public";

export interface ParameterDoc {
  readonly name: string;
  readonly in: "path" | "query";
  readonly description: string;
  readonly schema: () => z.ZodType;
  /** A path parameter always is. */
  readonly required: boolean;
  readonly example: string;
}

export interface RequestDoc {
  readonly schema: RequestName;
  readonly required: boolean;
  readonly examples: Readonly<Record<string, unknown>>;
}

export type AnswerDoc =
  | {
      readonly type: "json";
      readonly description: string;
      readonly schema: AnswerName;
      readonly example: unknown;
      /** Whether `Accept: text/html` gives the same as a page. */
      readonly alsoPage?: boolean;
    }
  /** The document itself: its schema is OpenAPI's. */
  | { readonly type: "document"; readonly description: string }
  | { readonly type: "text"; readonly description: string }
  | { readonly type: "page"; readonly description: string };

/** Who proves what: a merchant or operator signs, a provider has its own credentials, the rest is public. */
export type Caller =
  | { readonly type: "signed"; readonly scope: Scope; readonly rateClass: RateClass }
  | { readonly type: "phonepe" }
  | { readonly type: "provider" }
  | { readonly type: "public" };

export interface RouteDoc {
  readonly operationId: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  readonly caller: Caller;
  /** Whether `Idempotency-Key` counts here (api.md 3). */
  readonly idempotent?: boolean;
  readonly request?: RequestDoc;
  readonly parameters?: readonly ParameterDoc[];
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  readonly problems: readonly ProblemCode[];
}

/** What every signed call may be refused for (api.md 1). */
export const SIGNED_PROBLEMS: readonly ProblemCode[] = [
  "body_too_large",
  "signature_missing",
  "signature_invalid",
  "signature_expired",
  "nonce_replayed",
  "digest_mismatch",
  "key_unknown",
  "key_revoked",
  "rate_limited",
  "scope_missing",
  "ip_not_allowed",
  "internal_error",
  "admission_unavailable",
];

/** A signed call with a body may be refused for these too. */
export const BODY_PROBLEMS: readonly ProblemCode[] = [
  ...SIGNED_PROBLEMS,
  "unsupported_media_type",
  "malformed_json",
  "jwe_invalid",
  "validation_failed",
];

/** And one that takes an idempotency key for these. */
export const IDEMPOTENT_PROBLEMS: readonly ProblemCode[] = [
  ...BODY_PROBLEMS,
  "malformed_header",
  "idempotency_key_reused",
  "request_in_progress",
  "state_conflict",
];
