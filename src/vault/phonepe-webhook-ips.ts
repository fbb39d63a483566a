import { cidrsOf } from "#base";

/**
 * Where PhonePe's webhooks come from (contract.md 6.1). Its list of blocks gives `103.116.32.16/29`, which leaves out
 * half of the range that it documents beside it: the whole range counts.
 */
export const PHONEPE_WEBHOOK_CIDRS = cidrsOf(
  "103.116.33.8/30",
  "103.116.33.136/30",
  "103.116.32.16/29", // the range 16 to 29
  "103.116.32.24/30",
  "103.116.32.28/31",
  "103.116.34.1",
  "103.116.34.16/29",
  "103.243.35.242",
);
