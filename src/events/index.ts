export {
  type LedgerDeps,
  LedgerObjectBase,
  type ParkedRow,
  type UnmatchedWebhook,
  type UnmatchedWebhookRow,
} from "./ledger-object.ts";
export { deliverNotification, type Endpoint, type NotifierPorts } from "./notifier.ts";
export { isAllowedNotifyUrl } from "./notify-url.ts";
