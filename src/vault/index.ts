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
  type Scope,
  SCOPES,
} from "./merchants.ts";
export { signNotification } from "./notification-signature.ts";
export { PayloadKeyObjectBase, type PayloadKeyObjectDeps } from "./payload-key-object.ts";
export { makePayloadKeySource } from "./payload-key-source.ts";
export { type PayloadAlg, type PublicJwk, publicJwkSchema } from "./public-jwk.ts";
export { dailySigningKey, dailySigningKeyBytes } from "./signing-key.ts";
export { otherWebhookSender, type WebhookProof, webhookSender } from "./webhook-credentials.ts";
