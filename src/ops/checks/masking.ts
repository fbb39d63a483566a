/**
 * Secrets and persons of a fixed list go where events and log lines go, and must not come out (I10). They are invented
 * and open nothing; their forms are those that the gateway meets.
 */
import type { AuditEvent } from "#base";
import type { Verdict } from "./check.ts";

export interface MaskingPorts {
  /** What the audit log does to an event before it seals it. */
  readonly maskEvent: (event: AuditEvent) => AuditEvent;
  /** The line that the log prints. */
  readonly logLine: (message: string, fields: Readonly<Record<string, string>>) => string;
}

/** A text as it may be met, and the part of it that must not be left. */
const PLANTED: Readonly<Record<string, { readonly text: string; readonly part: string }>> = {
  bearer: { text: "Authorization: O-Bearer planted.bearer.value", part: "planted.bearer.value" },
  secret: { text: "client_secret=planted-client-secret", part: "planted-client-secret" },
  notification: { text: "key whsec_plantedplantedplanted was read", part: "plantedplanted" },
  email: { text: "paid by planted.person@example.com", part: "planted.person" },
  vpa: { text: "paid from plantedpayer@ybl", part: "plantedpayer" },
  phone: { text: "called +919876543210 today", part: "98765432" },
  card: { text: "card 4111 1111 1111 1111 declined", part: "1111 1111 1111" },
  aadhaar: { text: "aadhaar 2341 2341 2346 given", part: "2341 2341" },
};

export function judgeMasking({ maskEvent, logLine }: MaskingPorts): Verdict {
  const through = Object.entries(PLANTED).flatMap(([name, { text, part }]) => {
    const outlets = {
      audit: JSON.stringify(maskEvent(eventWith(text))),
      log: linesOf(logLine, text),
    };
    return Object.entries(outlets)
      .filter(([, out]) => out.includes(part))
      .map(([outlet]) => `${name} in ${outlet}`);
  });
  if (through.length > 0) return { ok: false, detail: `not masked: ${through.join(", ")}` };
  return { ok: true, detail: `${Object.keys(PLANTED).length} planted secrets are masked` };
}

/** In the message and in a field. */
function linesOf(logLine: MaskingPorts["logLine"], text: string): string {
  return logLine(text, {}) + logLine("planted", { detail: text });
}

function eventWith(text: string): AuditEvent {
  return {
    id: "check/masking",
    atMs: 0,
    actor: { type: "system", id: "check" },
    action: "check.masking",
    object: { type: "check", id: "masking" },
    outcome: "success",
    requestId: null,
    address: null,
    details: { text, nested: { list: [text] } },
  };
}
