export { type BreakerLines, type BreakerPorts, isAnyOpen, makeBreaker } from "./breaker-view.ts";
export {
  BreakerObjectBase,
  type BreakerDeps,
  type BreakerReport,
  type BreakerSnapshot,
} from "./breaker-object.ts";
export { type Guarded, makeGuarded } from "./guarded.ts";
export { readOtherWebhook } from "./other-webhook.ts";
export { makeOutbound, type Outbound } from "./outbound.ts";
export { type OperationName, OPERATIONS, POLICIES } from "./policies.ts";
export { makePhonePeClient } from "./phonepe/client.ts";
export { fetchPhonePeToken } from "./phonepe/oauth.ts";
export { TokenObjectBase, type TokenObjectDeps } from "./phonepe/token-object.ts";
export { makeTokenSource, type TokenResult, type TokenSource } from "./phonepe/token-source.ts";
export { type PhonePeToken, phonePeTokenSchema } from "./phonepe/token.ts";
export { readPhonePeWebhook } from "./phonepe/webhook.ts";
export { fetchV1Status, type V1Status } from "./phonepe/v1.ts";
export { readPhonePeV1Webhook } from "./phonepe/webhook-v1.ts";
export { makeRazorpayClient } from "./razorpay/client.ts";
export { readRazorpayWebhook } from "./razorpay/webhook.ts";
