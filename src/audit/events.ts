/** What the log says of itself (PCI-10.2.1). */
import { type AuditEvent, HOUR_MS } from "#base";

const SELF = { type: "system", id: "audit" } as const;

/** Who asks to read the log. */
export interface Reader {
  readonly keyId: string;
  readonly requestId: string;
  readonly address: string | null;
}

/** PCI-10.2.1.6: the first entry of every log. */
export function startedEvent(atMs: number): AuditEvent {
  return ownEvent("started", "audit.started", atMs);
}

/** PCI-10.2.1.3: once per key and hour, by its id: reading the log must not fill it. */
export function readEvent({ keyId, requestId, address }: Reader, atMs: number): AuditEvent {
  const hour = new Date(atMs - (atMs % HOUR_MS)).toISOString().slice(0, 13);
  return {
    ...ownEvent(`read/${keyId}/${hour}`, "audit.read", atMs),
    actor: { type: "api_key", id: keyId },
    requestId,
    address,
  };
}

/** PCI-10.2.1.6: the log came back from a backup; what was logged and not sealed since then is not there. */
export function restoredEvent(segments: number, atMs: number): AuditEvent {
  return { ...ownEvent(`restored/${atMs}`, "audit.restored", atMs), details: { segments } };
}

/** PCI-10.2.1.5: the yearly key; the old ones stay, to verify what they signed. */
export function keyMadeEvent(keyId: string, atMs: number): AuditEvent {
  return { ...ownEvent(`key/${keyId}`, "audit.key_made", atMs), details: { keyId } };
}

/** PCI-10.2.1.7: segments whose time was over. */
export function removedEvent(fromSegment: number, toSegment: number, atMs: number): AuditEvent {
  return {
    ...ownEvent(`removed/${toSegment}`, "audit.removed", atMs),
    details: { fromSegment, toSegment },
  };
}

function ownEvent(id: string, action: string, atMs: number): AuditEvent {
  return {
    id: `audit/${id}`,
    atMs,
    actor: SELF,
    action,
    object: { type: "audit_log", id: "log" },
    outcome: "success",
    requestId: null,
    address: null,
    details: {},
  };
}
