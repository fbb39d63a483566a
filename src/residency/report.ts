/** What can be said of where payment data rests, from what was found just now (IND-1, IND-2). Pure. */
import { DAY_MS, HOUR_MS } from "#base";
import type { ResidencySettings } from "./settings.ts";

/** After its end a payment may lie abroad for so long (IND-1). */
export const ABROAD_MS_MAX = DAY_MS;
/** A finished payment stays in its object for so long: half of what is allowed, since a bucket may be away for hours. */
export const RESIDENT_LIVE_MS = 12 * HOUR_MS;
/** One export an hour, and two more to try again. */
const EXPORT_LATE_MS = 3 * HOUR_MS;

export interface ResidencyFacts {
  readonly nowMs: number;
  readonly settings: ResidencySettings;
  /** The newest export and whether the bucket in India gave it back, unchanged, just now; null: none yet. */
  readonly newestExport: {
    readonly name: string;
    readonly sha256: string;
    readonly doneAtMs: number | null;
    readonly isThere: boolean;
  } | null;
  /** Payments that ended longer ago than `ABROAD_MS_MAX` and still lie in their objects. */
  readonly overdue: { readonly payments: number; readonly oldestAtMs: number | null };
  /** Records that an earlier configuration left in R2; counted up to a page of each bucket. */
  readonly leftRecords: number;
}

export type ResidencyReport = ReturnType<typeof residencyOff> | ReturnType<typeof residencyOn>;

export function residencyOff() {
  return {
    mode: "off",
    localized: false,
    statement:
      "Payment data rests in Durable Objects and R2, outside India. This deployment does not claim to store it in India only.",
  } as const;
}

export function residencyOn(facts: ResidencyFacts) {
  const { nowMs, settings, newestExport, overdue, leftRecords } = facts;
  const { location, endpoint, region, bucket } = settings;
  const findings = [
    ...exportFindings(newestExport, nowMs),
    ...(overdue.payments > 0 ? (["purge_overdue"] as const) : []),
    ...(leftRecords > 0 ? (["records_left_in_r2"] as const) : []),
  ];
  return {
    mode: "on",
    localized: findings.length === 0,
    findings,
    store: { location, endpoint, region, bucket },
    export: newestExport && {
      name: newestExport.name,
      sha256: newestExport.sha256,
      doneAt: newestExport.doneAtMs,
      receipt: newestExport.isThere ? "given_back_unchanged" : "missing",
    },
    purge: {
      afterMs: RESIDENT_LIVE_MS,
      limitMs: ABROAD_MS_MAX,
      overduePayments: overdue.payments,
      oldestEndedAt: overdue.oldestAtMs,
      leftRecords,
    },
    staysAtEdge: STAYS_AT_EDGE,
  } as const;
}

/** No amount, state, instrument or person among them (docs/residency.md). */
const STAYS_AT_EDGE = ["order ids", "keyed hashes", "keys", "sums per period"] as const;

function exportFindings(newest: ResidencyFacts["newestExport"], nowMs: number) {
  if (!newest) return ["no_export"] as const;
  if (!newest.isThere) return ["export_missing"] as const;
  const isLate = newest.doneAtMs === null || nowMs - newest.doneAtMs > EXPORT_LATE_MS;
  return isLate ? (["export_late"] as const) : [];
}
