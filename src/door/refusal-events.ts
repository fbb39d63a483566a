/**
 * Refusals in a merchant's audit log (PCI-10.2.1.4): one event per merchant, code and hour, however many there were, so
 * that whoever is refused cannot fill the log.
 */
import { type AuditEvent, HOUR_MS, type MerchantId, merchantIdSchema } from "#base";

/** What an attacker meets. */
export const AUDITED_REFUSALS: ReadonlySet<string> = new Set([
  "signature_missing",
  "signature_invalid",
  "signature_expired",
  "nonce_replayed",
  "digest_mismatch",
  "key_revoked",
  "webhook_signature_invalid",
  "scope_missing",
  "ip_not_allowed",
  "rate_limited",
]);

/** The name under which a merchant's refusals are brought to the counter; neither part holds an `@`. */
export function merchantCountName(code: string, merchantId: MerchantId): string {
  return `${code}@${merchantId}`;
}

export function readMerchantCount(
  name: string,
): { readonly code: string; readonly merchantId: MerchantId } | undefined {
  const [code, id] = name.split("@");
  const merchantId = merchantIdSchema.safeParse(id);
  return code && merchantId.success ? { code, merchantId: merchantId.data } : undefined;
}

/** What a merchant was spared within an hour. */
export interface RefusedHour {
  readonly hourMs: number;
  readonly code: string;
  readonly count: number;
}

/** Told again after a failure it is the same event, by its id. */
export function refusalEvent({ hourMs, code, count }: RefusedHour): AuditEvent {
  const untilMs = hourMs + HOUR_MS;
  return {
    id: `refusals/${code}/${new Date(hourMs).toISOString().slice(0, 13)}`,
    atMs: untilMs,
    actor: { type: "system", id: "door" },
    action: "request.refused",
    object: { type: "refusal", id: code },
    outcome: "refused",
    requestId: null,
    address: null,
    details: { count, fromMs: hourMs, untilMs },
  };
}
