export { rateHeaders } from "./admission.ts";
export {
  createApiKeyOperation,
  listApiKeysOperation,
  revokeApiKeyOperation,
  rotateApiKeyOperation,
} from "./api-keys.ts";
export type { HttpDeps } from "./deps.ts";
export { errorAnswer } from "./error-boundary.ts";
export { answerHealth } from "./health.ts";
export { initiateOperation } from "./initiate.ts";
export { parkedNotificationsOperation, replayNotificationOperation } from "./notifications.ts";
export { type AppContext, type AppEnv, type Operation, runOperation } from "./operation.ts";
export { openApiDocument } from "./openapi/document.ts";
export { type PublicPages, publicPages } from "./openapi/public-pages.ts";
export { publicKeys } from "./payload.ts";
export { beginRestoreOperation, restoreProgressOperation } from "./restore.ts";
export { refundOperation, refundStatusOperation } from "./refund.ts";
export type { InitiateBody } from "./schemas.ts";
export { statusOperation } from "./status.ts";
export { receiveWebhook } from "./webhook.ts";
export { webhookEventsOperation } from "./webhook-events.ts";
