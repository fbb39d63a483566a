export { type EnvelopeContext, open, seal } from "./envelope.ts";
export { keyedHash } from "./keyed-hash.ts";
export { type Keyring, type KeyPurpose, parseKeyring } from "./keyring.ts";
export {
  type ApiKey,
  type Directory,
  type Merchant,
  parseDirectory,
  type PhonePeCredentials,
  type Scope,
  SCOPES,
  TIERS,
} from "./merchants.ts";
export { signNotification } from "./notification-signature.ts";
export { dailySigningKey, dailySigningKeyBytes } from "./signing-key.ts";
export { otherWebhookSender, type WebhookProof, webhookSender } from "./webhook-credentials.ts";
