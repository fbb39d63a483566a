/** Verdicts on what was looked at, pure. */
import { DAY_MS, HOUR_MS } from "#base";
import { type ApiKeyRecord, type KeyInventory, stateOf } from "#vault";
import type { Circuit, Look, SecurityFacts, Verdict } from "./check.ts";

/** Keys rotate by themselves, by an alarm once they are due: so long it may take. */
const ROTATION_LATE_MS = HOUR_MS;
/** A detail names so many. */
const NAMED_MAX = 5;

/** GCM-9: a key that is in use and should have been replaced by now. */
export function judgeKeysDue({ names, keys }: KeyInventory, nowMs: number): Verdict {
  const isLate = (dueAtMs: number | null) => dueAtMs !== null && nowMs - dueAtMs > ROTATION_LATE_MS;
  const late = [
    ...names.filter(({ dueAtMs }) => isLate(dueAtMs)).map(({ name }) => name),
    ...keys
      .filter(({ state, dueAtMs }) => state === "active" && isLate(dueAtMs))
      .map(({ id }) => id),
  ];
  if (late.length > 0) return { ok: false, detail: `overdue: ${listOf(late)}` };
  return { ok: true, detail: `none of ${names.length + keys.length} is overdue` };
}

/** No API key that works is older than the period that was set for it. */
export function judgeKeyAges(records: readonly ApiKeyRecord[], nowMs: number): Verdict {
  const active = records.filter((record) => stateOf(record, nowMs) === "active");
  const late = active.filter(({ rotateAtMs }) => rotateAtMs !== null && nowMs > rotateAtMs);
  if (late.length > 0) {
    const days = late.map(
      ({ id, rotateAtMs }) =>
        `${id} since ${Math.floor((nowMs - (rotateAtMs ?? nowMs)) / DAY_MS)} d`,
    );
    return { ok: false, detail: `to be rotated: ${listOf(days)}` };
  }
  const free = active.filter(({ rotateAtMs }) => rotateAtMs === null).length;
  return { ok: true, detail: `${active.length} keys work, ${free} of them without a period` };
}

export function judgeCircuits(circuits: readonly Circuit[]): Look {
  const other = circuits.filter(({ state }) => state !== "closed");
  const named = other.map(({ provider, operation, state }) => `${provider} ${operation} ${state}`);
  const detail = named.length === 0 ? "closed" : listOf(named);
  return { ok: other.length === 0, detail, facts: { circuits } };
}

export function judgeToken(token: SecurityFacts["token"], detail: string): Look {
  return { ok: token === "active", detail, facts: { token } };
}

export function judgeParked(parked: number): Look {
  const facts = { parkedNotifications: parked };
  if (parked === 0) return { ok: true, detail: "nothing is parked", facts };
  return { ok: false, detail: `${parked} parked, to be replayed`, facts };
}

export function judgeSilence(silentSinceMs: number | null, nowMs: number): Look {
  if (silentSinceMs === null) {
    return { ok: true, detail: "not silent", facts: { webhookSilenceMs: 0 } };
  }
  const since = new Date(silentSinceMs).toISOString();
  return {
    ok: false,
    detail: `payments end and no webhook tells of it, since ${since}`,
    facts: { webhookSilenceMs: Math.max(0, nowMs - silentSinceMs) },
  };
}

/** What `GET /api/admin/residency` says. A deployment that claims nothing breaks no promise. */
export function judgeResidency(report: {
  readonly mode: string;
  readonly localized: boolean;
  readonly findings?: readonly string[];
}): Verdict {
  if (report.mode === "off") return { ok: true, detail: "off: nothing is claimed" };
  if (report.localized) return { ok: true, detail: "localized" };
  return { ok: false, detail: `not localized: ${listOf(report.findings ?? [])}` };
}

function listOf(names: readonly string[]): string {
  const rest = names.length - NAMED_MAX;
  return names.slice(0, NAMED_MAX).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
