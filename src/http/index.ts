export { rateHeaders } from "./admission.ts";
export {
  createApiKeyOperation,
  listApiKeysOperation,
  revokeApiKeyOperation,
  rotateApiKeyOperation,
} from "./api-keys.ts";
export { complianceOperation } from "./compliance.ts";
export { eraseCustomerOperation, exportCustomerOperation } from "./customers.ts";
export type { CustomerPage, HttpDeps } from "./deps.ts";
export type { PaymentLabel, Payer, RiskPorts, RiskReport } from "./risk-ports.ts";
export { analyticsOperation } from "./analytics.ts";
export { auditKeysOperation, searchAuditOperation } from "./audit.ts";
export { errorAnswer } from "./error-boundary.ts";
export { answerHealth } from "./health.ts";
export { initiateOperation } from "./initiate.ts";
export { listKeysOperation, rotateKeysOperation } from "./keys.ts";
export { labelOperation } from "./label.ts";
export { parkedNotificationsOperation, replayNotificationOperation } from "./notifications.ts";
export { type AppContext, type AppEnv, type Operation, runOperation } from "./operation.ts";
export { openApiDocument } from "./openapi/document.ts";
export { type PublicPages, publicPages } from "./openapi/public-pages.ts";
export { publicKeys } from "./payload.ts";
export { beginRestoreOperation, restoreProgressOperation } from "./restore.ts";
export { residencyOperation } from "./residency.ts";
export { riskOperation } from "./risk.ts";
export { refundOperation, refundStatusOperation } from "./refund.ts";
export type { InitiateBody } from "./schemas.ts";
export {
  configHistoryOperation,
  configOperation,
  credentialsOperation,
  putConfigOperation,
  putCredentialOperation,
  rollBackConfigOperation,
} from "./settings.ts";
export {
  metricsOperation,
  type SecurityPorts,
  securityStatusOperation,
} from "./security-status.ts";
export { beginSelfTestOperation, type SelfTestApi, selfTestOperation } from "./self-test.ts";
export { statusOperation } from "./status.ts";
export { receiveWebhook } from "./webhook.ts";
export { webhookEventsOperation } from "./webhook-events.ts";
