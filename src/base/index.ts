export { assert, unreachable } from "./assert.ts";
export { type AuditEvent, auditEventSchema, type ChangedBy } from "./audit-event.ts";
export {
  concatBytes,
  equalInConstantTime,
  fromBase64,
  fromBase64Url,
  fromHex,
  randomBytes,
  sha256,
  sha256Hex,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from "./bytes.ts";
export { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, utcDate } from "./clock.ts";
export {
  type MerchantId,
  type MerchantOrderId,
  type MerchantRefundId,
  type ProviderOrderId,
  merchantIdSchema,
  merchantOrderIdSchema,
  merchantRefundIdSchema,
  providerOrderIdSchema,
  randomId,
} from "./ids.ts";
export {
  allowListSchema,
  type Cidr,
  cidrsContain,
  cidrsOf,
  formatCidr,
  networkOf,
  parseCidr,
} from "./ip-address.ts";
export { jsonFault } from "./json-faults.ts";
export { readJson } from "./read-json.ts";
export { MODEL_NAMES, RULE_IDS } from "./risk-names.ts";
export { errorMessage, type Log, type LogFields } from "./log.ts";
export {
  AMOUNT_PAISA_MAX,
  AMOUNT_PAISA_MIN,
  type AmountPaisa,
  amountPaisa,
  amountPaisaSchema,
  sumPaisa,
} from "./money.ts";
export { type ObjectDump, objectDumpSchema } from "./object-dump-form.ts";
export { once } from "./once.ts";
export { retryAfterMsOf } from "./retry-after.ts";
export { type Result, ok, refused } from "./result.ts";
