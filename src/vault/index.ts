export {
  type ApiKeyOrder,
  type ApiKeyRecord,
  endsAtMs,
  type MadeKey,
  stateOf,
} from "./api-key-record.ts";
export { makeApiKeySource } from "./api-key-source.ts";
export { type EnvelopeContext, open, rewrap, seal } from "./envelope.ts";
export {
  type Generations,
  type GenerationSource,
  type KeyPurpose,
  makeGenerationSource,
} from "./generations.ts";
export { openJwe, type PrivateKeyOf, sealJwe } from "./jwe.ts";
export { keyedHash } from "./keyed-hash.ts";
export type { InventoryKey, KeyInventory, NamedKey } from "./key-inventory.ts";
export { KEY_NAMES, type KeyName, type KeyVersions } from "./key-registry.ts";
export { type Keyring, parseKeyring } from "./keyring.ts";
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
export { type RewrapReport, rewrapEach } from "./rewrap-report.ts";
export { signNotification } from "./notification-signature.ts";
export { PHONEPE_WEBHOOK_CIDRS } from "./phonepe-webhook-ips.ts";
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
