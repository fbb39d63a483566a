export {
  type ApiKeyOrder,
  type ApiKeyRecord,
  endsAtMs,
  type MadeKey,
  stateOf,
} from "./api-key-record.ts";
export { makeApiKeySource } from "./api-key-source.ts";
export { type EnvelopeContext, open, seal } from "./envelope.ts";
export { openJwe, type PrivateKeyOf, sealJwe } from "./jwe.ts";
export { keyedHash } from "./keyed-hash.ts";
export { type Keyring, type KeyPurpose, parseKeyring } from "./keyring.ts";
export {
  type ApiKey,
  type Directory,
  type Merchant,
  parseDirectory,
  type PhonePeCredentials,
  type QuotaSetting,
  RATE_CLASSES,
  RATE_WINDOW_SEC_MAX,
  type RateClass,
  type RazorpayCredentials,
  type Scope,
  SCOPES,
  type Tier,
  TIERS,
} from "./merchants.ts";
export { signNotification } from "./notification-signature.ts";
export { PHONEPE_WEBHOOK_CIDRS } from "./phonepe-webhook-ips.ts";
export {
  importSigningKey,
  importVerifyingKey,
  makeSigningPair,
  signText,
  type VerifyingJwk,
  verifyingJwkSchema,
  verifyText,
} from "./signing-pair.ts";
export { dailyAnswerKey, dailySigningKey, dailySigningKeyBytes } from "./signing-key.ts";
export {
  otherWebhookSender,
  type WebhookProof,
  type WebhookSender,
  webhookProvidersOf,
  webhookSender,
} from "./webhook-credentials.ts";
export { makePayloadKeySource } from "./payload-key-source.ts";
export { type PayloadAlg, type PublicJwk, publicJwkSchema } from "./public-jwk.ts";
