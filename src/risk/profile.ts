/**
 * What one key (a customer, a device, a network, a merchant) is known to have done: it stands alone, is bounded, and is
 * forgotten after 60 days without a payment. Time is the event's, never a clock's: the same events make the same
 * profile whenever they are replayed. `observe` and `noteOutcome` change the profile they are given.
 */
import { addAmount, noAmounts } from "./amounts.ts";
import { addToSeries, COLUMNS } from "./bucket-series.ts";
import { type KeyView, viewOf } from "./key-view.ts";
import { meet } from "./members.ts";
import {
  FORGOTTEN_AFTER_MS,
  type Grain,
  HASHES_MAX,
  type KeyKind,
  MEMBER_LISTS,
  type MemberList,
  MEMBERS_MAX,
  type Outcome,
  type Profile,
  type ProfileEvent,
  SERIES,
  type SeriesName,
  SHAPES,
} from "./profile-form.ts";

/** A profile of a key that is met for the first time at `atMs`. */
export function emptyProfile(kind: KeyKind, atMs: number, grain: Grain = "serving"): Profile {
  return {
    kind,
    grain,
    firstAtMs: atMs,
    lastAtMs: atMs,
    amounts: noAmounts(),
    series: { minutes: [], hours: [], weeks: [] },
    members: { customers: [], devices: [], networks: [], merchants: [] },
    payments: [],
    declines: [],
    frauds: [],
  };
}

/**
 * Counts a payment and says what the key knows at it, the payment itself included in counts and sums. A payment that is
 * still remembered is not counted again. Payments up to an hour late are counted where they belong.
 */
export function observe(profile: Profile, event: ProfileEvent): KeyView {
  if (isForgotten(profile, event.atMs)) forget(profile, event.atMs);
  const before = {
    amounts: { ...profile.amounts },
    lastAtMs: profile.amounts.count === 0 ? Number.NaN : profile.lastAtMs,
  };
  const repeated = !remember(profile.payments, event.paymentHash);
  if (repeated) return viewOf(profile, event, { ...before, met: {} });
  profile.firstAtMs = Math.min(profile.firstAtMs, event.atMs);
  profile.lastAtMs = Math.max(profile.lastAtMs, event.atMs);
  const { atMs, amountPaisa: paisa } = event;
  for (const name of SERIES) addTo(profile, name, { atMs, column: COLUMNS.payments, paisa });
  addAmount(profile.amounts, paisa);
  return viewOf(profile, event, { ...before, met: meetAll(profile, event) });
}

/** Takes what became of a payment; a repeat changes nothing. A fraud is counted at the time of its payment. */
export function noteOutcome(profile: Profile, outcome: Outcome): void {
  const { paymentHash, paidAtMs } = outcome;
  switch (outcome.kind) {
    case "declined":
      if (!remember(profile.declines, paymentHash)) return;
      addTo(profile, "minutes", { atMs: outcome.atMs, column: COLUMNS.declines });
      return;
    case "fraud":
      if (!remember(profile.frauds, paymentHash)) return;
      addTo(profile, "weeks", { atMs: paidAtMs, column: COLUMNS.frauds });
      return;
    case "legit":
      // It was reported as a fraud before: a dispute that was won.
      if (!dismiss(profile.frauds, paymentHash)) return;
      addTo(profile, "weeks", { atMs: paidAtMs, column: COLUMNS.frauds, count: -1 });
      return;
    case "refunded":
      return;
  }
}

export function isForgotten(profile: Profile, nowMs: number): boolean {
  return nowMs - profile.lastAtMs >= FORGOTTEN_AFTER_MS;
}

function addTo(
  profile: Profile,
  name: SeriesName,
  what: { atMs: number; column: number; count?: number; paisa?: number },
): void {
  const shape = SHAPES[profile.grain][name];
  const newestMs = Math.max(profile.lastAtMs, what.atMs);
  addToSeries(profile.series[name], shape, { count: 1, ...what, newestMs });
}

function meetAll(profile: Profile, event: ProfileEvent): Partial<Record<MemberList, boolean>> {
  const max = MEMBERS_MAX[profile.kind];
  const whom = {
    customers: event.customer,
    devices: event.device,
    networks: event.network,
    merchants: event.merchant,
  };
  const met: Partial<Record<MemberList, boolean>> = {};
  for (const list of MEMBER_LISTS) {
    const hash = whom[list];
    if (hash === undefined || max[list] === 0) continue;
    met[list] = meet(profile.members[list], hash, { atMs: event.atMs, max: max[list] });
  }
  return met;
}

function forget(profile: Profile, atMs: number): void {
  Object.assign(profile.amounts, noAmounts());
  profile.firstAtMs = atMs;
  profile.lastAtMs = atMs;
  for (const name of SERIES) profile.series[name].length = 0;
  for (const list of MEMBER_LISTS) profile.members[list].length = 0;
  profile.payments.length = 0;
  profile.declines.length = 0;
  profile.frauds.length = 0;
}

/** Whether the hash is new; beyond the bound the oldest is forgotten. */
function remember(hashes: number[], hash: number): boolean {
  if (hashes.includes(hash)) return false;
  hashes.push(hash);
  if (hashes.length > HASHES_MAX) hashes.shift();
  return true;
}

function dismiss(hashes: number[], hash: number): boolean {
  const at = hashes.indexOf(hash);
  if (at === -1) return false;
  hashes.splice(at, 1);
  return true;
}
