export { type LedgerDeps, LedgerObjectBase, type UnmatchedWebhook } from "./ledger-object.ts";
export type { ParkedRow, UnmatchedWebhookRow } from "./ledger-rows.ts";
export { deliverNotification, type Endpoint, type NotifierPorts } from "./notifier.ts";
export { isAllowedNotifyUrl } from "./notify-url.ts";
export { type Analytics, type AnalyticsQuery, GROUPS, type Sums } from "./analytics.ts";
