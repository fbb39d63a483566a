export {
  type LedgerDeps,
  LedgerObjectBase,
  type UnmatchedWebhook,
  type UnmatchedWebhookRow,
} from "./ledger-object.ts";
