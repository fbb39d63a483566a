/**
 * That isolates took a merchant's secrets to work with (PCI-10.2.1.1): once an hour, however many of them there are. An
 * object that has forgotten that it said so says it again under the same id, which the log passes over.
 */
import { HOUR_MS, type MerchantId } from "#base";
import type { AuditFact } from "#base-objects";

export function readFact(
  merchantId: MerchantId,
  nowMs: number,
): AuditFact & { readonly id: string } {
  const fromMs = nowMs - (nowMs % HOUR_MS);
  return {
    id: `credentials/read/${fromMs}`,
    atMs: nowMs,
    by: null,
    action: "credentials.read",
    object: { type: "vault", id: merchantId },
    details: { fromMs, untilMs: fromMs + HOUR_MS },
  };
}
