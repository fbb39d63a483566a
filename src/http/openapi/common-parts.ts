/** Parts of the document that many operations share. */
import type { Header, Parameter, Reference, SecurityScheme } from "./openapi-types.ts";

const text = { type: "string" } as const;

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  SignatureInput: {
    name: "Signature-Input",
    in: "header",
    required: true,
    description: "What the signature covers and when it was made (RFC 9421 4.1).",
    schema: text,
    example:
      'sig1=("@method" "@authority" "@path" "@query");created=1795600000;nonce="Zm9vcHJvb2Ytbm9uY2U";keyid="ak_test_01";alg="hmac-sha256"',
  },
  ContentDigest: {
    name: "Content-Digest",
    in: "header",
    required: true,
    description:
      "`sha-256` or `sha-512` of the body as sent (RFC 9530). Without a body it is left out.",
    schema: text,
    example: "sha-256=:hJGmV/ZqwA7Q3KDdPmEyFqAD9i73nmSH9nN8+UJZVQQ=:",
  },
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description:
      "Names the request: with the same key and bytes the first answer comes again. Signed.",
    schema: { type: "string", pattern: String.raw`^[\x21-\x7e]{1,255}$` },
    example: "order-1001-try-1",
  },
};

export const HEADERS: Readonly<Record<string, Header>> = {
  RequestId: {
    description: "The request, for the gateway's operators.",
    schema: text,
    example: "req_3q2-7wAAAAAAAAAAAAAAAA",
  },
  RateLimitPolicy: {
    description: "The windows that count for this call (draft-ietf-httpapi-ratelimit-headers).",
    schema: text,
    example: '"initiate";q=50;w=10',
  },
  RateLimit: {
    description: "What is left of them.",
    schema: text,
    example: '"initiate";r=49;t=10',
  },
  RetryAfter: {
    description: "Repeat after so many seconds.",
    schema: { type: "integer", minimum: 1 },
    example: "5",
  },
  IdempotencyReplayed: {
    description: "`true` when this is the first request's answer again.",
    schema: { type: "string", enum: ["true"] },
    example: "true",
  },
};

export const SECURITY_SCHEMES: Readonly<Record<string, SecurityScheme>> = {
  httpMessageSignature: {
    type: "apiKey",
    in: "header",
    name: "Signature",
    description:
      "HTTP Message Signatures (RFC 9421, `hmac-sha256`) with the API key's daily signing key, described by " +
      "`Signature-Input`. The requirement's entries are scopes of the API key. See “Signing requests”.",
  },
  phonepeSha: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "PhonePe v2, SHA mode: hex SHA-256 of `username:password`.",
  },
  phonepeHmac: {
    type: "apiKey",
    in: "header",
    name: "X-PhonePe-Checksum-Signature",
    description: "PhonePe v2, HMAC mode: over the raw body.",
  },
  phonepeV1: {
    type: "apiKey",
    in: "header",
    name: "X-VERIFY",
    description: "PhonePe v1: over the encoded event, with the salt key.",
  },
  providerHmac: {
    type: "apiKey",
    in: "header",
    name: "X-Webhook-Signature",
    description:
      "A provider beside PhonePe: HMAC-SHA256 or HMAC-SHA512 of the raw body in hex. The header's name stands in " +
      "the merchant's configuration; this one is an example.",
  },
  standardWebhook: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description:
      "Standard Webhooks: `v1,` and base64 HMAC-SHA256 of `webhook-id.webhook-timestamp.body`, with your " +
      "`notifySecret`. While the secret is rotated there are two, separated by a blank.",
  },
};

export const parameterRef = (name: string): Reference => ({
  $ref: `#/components/parameters/${name}`,
});
export const headerRef = (name: string): Reference => ({ $ref: `#/components/headers/${name}` });
