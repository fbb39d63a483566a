/** The way to the audit log. */
import type { AuditEvent, MerchantId } from "#base";
import type { Bindings } from "../env.ts";

/** Brings a merchant's events to its audit log; rejects until they are there, so that they wait where they are. */
export async function appendAudit(
  _env: Bindings,
  _merchantId: MerchantId,
  _events: readonly AuditEvent[],
): Promise<void> {
  throw new Error("no audit log is bound");
}
