/**
 * How far a log can be relied on now. What is sealed was read back when it was (I7) and is looked at daily; what is not
 * sealed yet is verified when this is asked, so that every figure is measured and none assumed.
 */
import { genesisHash } from "./entry.ts";
import { CHECK_LATE_MS, CHECKED_LIVE_MAX, UNSEALED_MS_MAX } from "./limits.ts";
import type { LogPlace } from "./ports.ts";
import { type Check, checkOf, sealedHeadOf } from "./state.ts";
import { liveEntries, liveSum, oldestSegments } from "./store.ts";
import { FAULTS, firstBrokenEntry } from "./verify-segment.ts";

export interface Verdict {
  readonly ok: boolean;
  readonly detail: string;
}

export interface AuditStanding {
  readonly chain: Verdict;
  readonly sealing: Verdict;
  /** Entries that wait for their seal. */
  readonly unsealed: number;
  /** Entries since the last check and those that it looked at; and how many of them are known to be whole. */
  readonly coverage: { readonly known: number; readonly verified: number };
}

type Stored = LogPlace["storage"];

/** Whether seals come in time. */
export function sealingVerdict({ sql }: Stored, nowMs: number): Verdict {
  const live = liveSum(sql);
  if (live && nowMs - live.firstAtMs > UNSEALED_MS_MAX) {
    return { ok: false, detail: `entries wait for their seal, ${live.count} by now` };
  }
  return { ok: true, detail: `${live?.count ?? 0} entries wait for their seal, none too long` };
}

/** What the last check found, and whether it is late (PCI-10.7.2). */
export function checkVerdict(storage: Stored, nowMs: number): Verdict {
  const check = checkOf(storage);
  if (!check) return neverChecked(storage, nowMs);
  const { ok, detail, atMs } = check;
  if (nowMs - atMs > CHECK_LATE_MS) {
    return { ok: false, detail: `not verified since ${new Date(atMs).toISOString()}` };
  }
  return { ok, detail: `${detail}, ${new Date(atMs).toISOString()}` };
}

/** A young log waits for its first check; an old one without any has been forgotten. */
function neverChecked({ sql }: Stored, nowMs: number): Verdict {
  const firstAtMs = oldestSegments(sql, 1)[0]?.first_at_ms ?? liveSum(sql)?.firstAtMs ?? nowMs;
  if (nowMs - firstAtMs > CHECK_LATE_MS) return { ok: false, detail: "never verified" };
  return { ok: true, detail: "answers" };
}

export async function standingOf(
  { merchantId, storage }: LogPlace,
  nowMs: number,
): Promise<AuditStanding> {
  const check = checkOf(storage);
  const head = sealedHeadOf(storage);
  const sequence = head?.lastSequence ?? 0;
  const unsealed = liveSum(storage.sql)?.count ?? 0;
  const live = liveEntries(storage.sql, sequence + CHECKED_LIVE_MAX);
  const chain = checkVerdict(storage, nowMs);
  const sealing = sealingVerdict(storage, nowMs);
  const hash = head?.lastHash ?? (await genesisHash(merchantId));
  const broken = await firstBrokenEntry(merchantId, { sequence, hash }, live);
  const wholeLive = broken === undefined ? live.length : broken - sequence - 1;
  const inTime = check ? nowMs - check.atMs <= CHECK_LATE_MS : chain.ok;
  const sealed = sealedCoverage(check, { sequence, inTime });
  return {
    chain: broken === undefined ? chain : { ok: false, detail: `entry ${broken} ${FAULTS.hash}` },
    sealing,
    unsealed,
    coverage: { known: sealed.known + unsealed, verified: sealed.verified + wholeLive },
  };
}

/** What was sealed after a check was read back at its sealing, as all of a young log was; a late check vouches for nothing. */
function sealedCoverage(
  check: Check | undefined,
  { sequence, inTime }: { readonly sequence: number; readonly inTime: boolean },
): AuditStanding["coverage"] {
  if (!check) return { known: sequence, verified: inTime ? sequence : 0 };
  if (!check.coverage || !inTime) return { known: sequence, verified: 0 };
  const { looked, verified, toSequence } = check.coverage;
  const since = sequence - toSequence;
  return { known: looked + since, verified: verified + since };
}
