interface ProblemRow {
  readonly status: number;
  readonly title: string;
  /** Whether repeating the same call can help. */
  readonly retryable: boolean;
}

/** Every error a caller can meet (api.md 2). The code is the contract, the title is prose. */
export const PROBLEMS = {
  malformed_json: { status: 400, title: "The body is not well-formed JSON.", retryable: false },
  malformed_header: { status: 400, title: "A request header is malformed.", retryable: false },
  jwe_invalid: { status: 400, title: "The encrypted payload is not valid.", retryable: false },
  signature_missing: { status: 401, title: "The request is not signed.", retryable: false },
  signature_invalid: { status: 401, title: "The signature does not hold.", retryable: false },
  signature_expired: { status: 401, title: "The signature is not fresh.", retryable: false },
  nonce_replayed: { status: 401, title: "The nonce was used before.", retryable: false },
  digest_mismatch: { status: 401, title: "Content-Digest differs from body.", retryable: false },
  key_unknown: { status: 401, title: "The API key is not known.", retryable: false },
  key_revoked: { status: 401, title: "The API key was revoked.", retryable: false },
  webhook_signature_invalid: {
    status: 401,
    title: "The webhook's credentials do not hold.",
    retryable: false,
  },
  scope_missing: { status: 403, title: "The API key lacks the scope.", retryable: false },
  ip_not_allowed: { status: 403, title: "The address is not allowed here.", retryable: false },
  payment_blocked: { status: 403, title: "The payment was blocked by risk.", retryable: false },
  api_key_not_found: { status: 404, title: "There is no such API key.", retryable: false },
  config_version_not_found: {
    status: 404,
    title: "There is no such version of the configuration.",
    retryable: false,
  },
  credential_not_found: { status: 404, title: "There is no such credential.", retryable: false },
  merchant_not_found: { status: 404, title: "There is no such merchant.", retryable: false },
  payment_not_found: { status: 404, title: "There is no such payment.", retryable: false },
  refund_not_found: { status: 404, title: "There is no such refund.", retryable: false },
  self_test_not_found: { status: 404, title: "There is no such self-test.", retryable: false },
  route_not_found: { status: 404, title: "There is no such route.", retryable: false },
  method_not_allowed: { status: 405, title: "The method is not allowed here.", retryable: false },
  request_in_progress: {
    status: 409,
    title: "The first request with this key is still running.",
    retryable: true,
  },
  version_conflict: {
    status: 409,
    title: "The configuration was changed meanwhile.",
    retryable: false,
  },
  state_conflict: { status: 409, title: "The state does not allow this.", retryable: false },
  body_too_large: { status: 413, title: "The body is too large.", retryable: false },
  unsupported_media_type: {
    status: 415,
    title: "The content type is not taken.",
    retryable: false,
  },
  validation_failed: { status: 422, title: "The request is not valid.", retryable: false },
  idempotency_key_reused: {
    status: 422,
    title: "The idempotency key belongs to another request.",
    retryable: false,
  },
  refund_exceeds_captured: {
    status: 422,
    title: "The refund exceeds the capture.",
    retryable: false,
  },
  rate_limited: { status: 429, title: "Too many requests.", retryable: true },
  internal_error: { status: 500, title: "Something broke on our side.", retryable: true },
  provider_rejected: { status: 502, title: "The provider refused the order.", retryable: false },
  admission_unavailable: {
    status: 503,
    title: "The request could not be admitted now.",
    retryable: true,
  },
  provider_unavailable: { status: 503, title: "The provider cannot be reached.", retryable: true },
  provider_timeout: { status: 504, title: "The provider did not answer in time.", retryable: true },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof PROBLEMS;
