import type { ProblemCode } from "#problems";

interface Advice {
  /** When it is met. */
  readonly means: string;
  /** What its reader should do. */
  readonly remedy: string;
}

/** What a problem's page says beside the catalogue. A new code does not build until it has a row here. */
export const PROBLEM_ADVICE: Readonly<Record<ProblemCode, Advice>> = {
  malformed_json: {
    means: "The body is not JSON in UTF-8, is nested too deep, or names a key twice in one object.",
    remedy: "Send what a JSON serializer makes, and never edit it as text.",
  },
  malformed_header: {
    means: "`Idempotency-Key` is not 1 to 255 visible ASCII characters, or stands there twice.",
    remedy: "Send one plain key, for example a UUID without quotes.",
  },
  jwe_invalid: {
    means:
      "The body was sent as `application/jose`, and is not a compact JWE that the gateway can open.",
    remedy:
      "Fetch `/.well-known/jwks.json` again, and encrypt to one of its keys with the `alg` that stands there and `A256GCM`.",
  },
  signature_missing: {
    means: "The route wants a signed request, and there is no `Signature` or `Signature-Input`.",
    remedy: "Sign the request as the documentation shows.",
  },
  signature_invalid: {
    means:
      "The signature does not fit the request, or does not cover all it must. What differs is not told, for safety.",
    remedy:
      "Compare what you sign with what you send, byte for byte: method, host, path, query, media type, digest. A proxy that changes one of them breaks the signature.",
  },
  signature_expired: {
    means: "`created` is over 300 seconds old or over 30 seconds ahead, or `expires` is past.",
    remedy: "Set your clock by NTP, and sign each try anew.",
  },
  nonce_replayed: {
    means:
      "This nonce was used before with this key. The request may have been carried out the first time.",
    remedy:
      "Sign again with a fresh nonce. With the same `merchantOrderId` or `Idempotency-Key` the repeat is safe.",
  },
  digest_mismatch: {
    means: "`Content-Digest` is not the digest of the body that came.",
    remedy: "Compute it over the very bytes that you send.",
  },
  key_unknown: {
    means: "There is no API key with this `keyid`.",
    remedy: "Check the key's id, and that it belongs to this environment.",
  },
  key_revoked: {
    means: "The API key was revoked, or has ended after its rotation.",
    remedy: "Sign with its successor, or ask an operator for a new key.",
  },
  webhook_signature_invalid: {
    means: "The webhook carries no credentials of any configured merchant.",
    remedy:
      "Compare user name and password, or the secret, at the provider's dashboard with the gateway's configuration.",
  },
  scope_missing: {
    means: "The signature holds, but this API key may not do this.",
    remedy: "Use a key with the scope that `detail` names.",
  },
  ip_not_allowed: {
    means: "The request came from an address that is not on the allow list.",
    remedy: "Send it from an allowed address, or ask an operator to extend the list.",
  },
  payment_blocked: {
    means:
      "The risk rules refused the payment before any provider saw it. The payment is `BLOCKED`, finally.",
    remedy: "Offer the payer another way to pay. A repeat gets the same answer.",
  },
  payment_not_found: {
    means: "Your account has no payment with this `merchantOrderId`.",
    remedy: "Check the id, and that the payment was made with a key of the same merchant.",
  },
  refund_not_found: {
    means: "The payment has no refund with this `merchantRefundId`.",
    remedy: "Check both ids: the refund's and its payment's.",
  },
  self_test_not_found: {
    means:
      "Your account has no self-test of this id: there was none, or its result is no longer kept.",
    remedy: "Begin one, and take the id from that answer.",
  },
  api_key_not_found: {
    means: "Your account has no API key with this id.",
    remedy: "List the keys, and take an id from there.",
  },
  merchant_not_found: {
    means: "The id in the path is not that of the merchant whose key signed the request.",
    remedy: "Use your own merchant's id.",
  },
  config_version_not_found: {
    means: "No version of your configuration has this number, or it is older than the last 1,000.",
    remedy: "Take a number from the history.",
  },
  credential_not_found: {
    means: "Nothing that can be set has this name.",
    remedy: "Use `phonepe`, `razorpay`, `notifications`, or `webhook:` with a provider's name.",
  },
  route_not_found: {
    means: "Nothing is at this path.",
    remedy: "Check the path in the documentation, letter by letter.",
  },
  method_not_allowed: {
    means: "The path exists, but not with this method.",
    remedy: "Use a method that the `Allow` header names.",
  },
  request_in_progress: {
    means: "The first request with this key or id is still running.",
    remedy: "Repeat the same request after `Retry-After`: it gets the first one's answer.",
  },
  version_conflict: {
    means:
      "`expectedVersion` is not the newest version: somebody has changed the configuration since you read it.",
    remedy: "Read it again, and repeat your change on top of what stands there.",
  },
  state_conflict: {
    means:
      "The state does not allow this: a refund of a payment that is not `COMPLETED`, or an id that belongs to other content.",
    remedy: "Read the payment's status first. For other content take another id.",
  },
  body_too_large: {
    means: "The body is over 64 KiB.",
    remedy: "Send less. No request of this API needs as much.",
  },
  unsupported_media_type: {
    means: "The body's `Content-Type` is not taken here.",
    remedy: "Send `application/json` in UTF-8, or `application/jose`.",
  },
  validation_failed: {
    means: "Fields are missing, not known, or out of their limits. `errors` names each.",
    remedy: "Mend the fields that `errors` points to.",
  },
  idempotency_key_reused: {
    means: "This `Idempotency-Key` was used for another request.",
    remedy: "Take a new key for a new request. Keep a key for repeats of the same bytes only.",
  },
  refund_exceeds_captured: {
    means: "The refund is more than what is left of the capture, refunds in flight counted.",
    remedy: "Ask for at most what `detail` says.",
  },
  rate_limited: {
    means: "The API key or the address has used up its window. A refused request costs nothing.",
    remedy:
      "Wait for `Retry-After`, and spread requests by the `RateLimit` headers. Ask an operator for another tier if it is not enough.",
  },
  internal_error: {
    means: "Something broke inside the gateway. Operators are told.",
    remedy:
      "Repeat with the same `merchantOrderId`, `merchantRefundId` or `Idempotency-Key`: that is safe. Keep the `requestId` for support.",
  },
  provider_rejected: {
    means: "The provider refused the order. The payment is `FAILED`, finally.",
    remedy: "Read `errorCode` in the payment's status. Try again with a new `merchantOrderId`.",
  },
  admission_unavailable: {
    means: "The gateway could not look up keys or limits just now. Nothing was done.",
    remedy: "Repeat after `Retry-After`; the client library does.",
  },
  provider_unavailable: {
    means: "No provider could be reached. Nothing payable exists.",
    remedy: "Repeat after `Retry-After`, with the same id: it is a new try of the same payment.",
  },
  provider_timeout: {
    means: "The provider did not answer the question for the present state in time. Reads only.",
    remedy: "Ask again later, or without `refresh` for what the gateway knows.",
  },
};
