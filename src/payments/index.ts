export { ClaimObject } from "./claim-object.ts";
export type {
  AskRefundCommand,
  InitiateAnswer,
  InitiateCommand,
  InitiateOutcome,
  RefundAnswer,
  RefundStatusAnswer,
  StatusAnswer,
  StatusCommand,
  WebhookAnswer,
  WebhookHint,
} from "./commands.ts";
export type { PaymentCopy, RestoreAnswer } from "./backup.ts";
export type { OrderDetails, PaymentDetail, ProviderName, RiskResult } from "./model.ts";
export { claimName } from "./effects.ts";
export type { PaymentFacts } from "./feed.ts";
export type { PaymentDeps } from "./payment-deps.ts";
export type { PayerKeys } from "./payer-keys.ts";
export { paymentObjectName } from "./object-name.ts";
export { PaymentObjectBase } from "./payment-object.ts";
export type { Archive, ArchivePlace } from "./archive.ts";
export type { Enrolment } from "./enrol.ts";
export type {
  OrderReport,
  PayCommand,
  PayOutcome,
  Provider,
  ProviderFor,
  ProviderWebhook,
  RefundCommand,
  RefundOutcome,
  RefundQuery,
  RefundReport,
  RefundStatusOutcome,
  StatusOutcome,
} from "./ports.ts";
export type { PersonalPorts, PersonalSubject } from "./record.ts";
export type { RequestIdentity } from "./presenter.ts";
export type { Publication } from "./publish.ts";
export type { DeliveryOutcome, OutboxNotification, ParkedNotification } from "./outbox.ts";
export { DEFAULT_ROUTING, routeOf, type RoutingRule } from "./routing.ts";
export { INNER_WAITS, type Wait, WAITS } from "./waits.ts";
