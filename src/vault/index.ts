export {
  type ApiKeyOrder,
  type ApiKeyRecord,
  endsAtMs,
  type MadeKey,
  stateOf,
} from "./api-key-record.ts";
export { COPY_AGE_SEC, type MerchantMemory } from "./merchant-memory.ts";
export {
  makeMerchantSource,
  type MerchantSource,
  type SnapshotQuestion,
} from "./merchant-source.ts";
export { credentialKind, type CredentialName, credentialName } from "./credentials.ts";
export { type EnvelopeContext, kekOf, open, rewrap, seal } from "./envelope.ts";
export {
  type Generations,
  type GenerationSource,
  type KeyPurpose,
  makeGenerationSource,
} from "./generations.ts";
export { openJwe, type PrivateKeyOf, sealJwe } from "./jwe.ts";
export { keyedHash } from "./keyed-hash.ts";
export {
  type InventoryKey,
  type KeyInventory,
  merchantKeys,
  type MerchantKeys,
  type NamedKey,
} from "./key-inventory.ts";
export { KEY_NAMES, type KeyName, type KeyVersions } from "./key-registry.ts";
export { type Keyring, parseKeyring } from "./keyring.ts";
export {
  configForm,
  CREDENTIAL_FORMS,
  type CredentialKind,
  RATE_CLASSES,
  RATE_WINDOW_SEC_MAX,
  type RateClass,
  type Scope,
  SCOPES,
  type Tier,
  TIERS,
} from "./merchant-forms.ts";
export {
  type ApiKey,
  type Directory,
  type Merchant,
  type Merchants,
  parseDirectory,
  type PhonePeCredentials,
  type QuotaSetting,
  type RazorpayCredentials,
} from "./merchants.ts";
export type {
  ConfigOrder,
  ConfigPage,
  ConfigRefusal,
  ConfigVersion,
  CredentialOrder,
  CredentialView,
  RollbackOrder,
} from "./settings-commands.ts";
export { makeRecordKeyrings, type RecordKeyrings } from "./record-keyrings.ts";
export { kekName, type RewrapReport, rewrapEach } from "./rewrap-report.ts";
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
