/** What a key knows at one payment: plain numbers, so that it can cross from a Durable Object to the Worker. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";
import { type Amounts, deviationPaisa } from "./amounts.ts";
import {
  type BucketSums,
  lastFraudMs,
  nestedSums,
  NO_SUMS,
  wholeBucketsUntil,
} from "./bucket-series.ts";
import { membersAfter } from "./members.ts";
import {
  type KeyKind,
  type MemberList,
  type Profile,
  type ProfileEvent,
  type SeriesName,
  SHAPES,
} from "./profile-form.ts";

/** Counts and sums include the payment; NaN is what cannot be known, as the time since the last payment at the first. */
export interface KeyView {
  readonly kind: KeyKind;
  readonly payments10m: number;
  readonly payments1h: number;
  readonly payments6h: number;
  readonly payments1d: number;
  readonly payments7d: number;
  readonly payments30d: number;
  readonly paisa1d: number;
  readonly paisa7d: number;
  readonly paisa30d: number;
  readonly declines10m: number;
  readonly declines1h: number;
  /** Of payments at least 7 days old, whose frauds are known: over 1, 7, 28 and 30 days before that. */
  readonly known1d: number;
  readonly known7d: number;
  readonly known28d: number;
  readonly known30d: number;
  readonly frauds1d: number;
  readonly frauds7d: number;
  readonly frauds28d: number;
  readonly frauds30d: number;
  readonly sinceFraudMs: number;
  /** Over the payments before this one. */
  readonly amountsBefore: number;
  readonly meanPaisaBefore: number;
  readonly deviationPaisaBefore: number;
  readonly maxPaisaBefore: number;
  readonly sinceLastMs: number;
  readonly sinceFirstMs: number;
  /** Distinct members up to the bound of their list. */
  readonly customers1h: number;
  readonly customers1d: number;
  readonly devices1d: number;
  readonly networks1d: number;
  readonly merchants1d: number;
  /** 1 when the member was not known to the key before, 0 when it was, NaN when the payment names none. */
  readonly newDevice: number;
  readonly newNetwork: number;
  readonly newMerchant: number;
}

/** What was so before the payment was counted. */
interface Before {
  readonly amounts: Amounts;
  readonly lastAtMs: number;
  readonly met: Partial<Record<MemberList, boolean>>;
}

/** Only of payments this old it is known which were fraud. */
const LABEL_DELAY_MS = 7 * DAY_MS;

export function viewOf(profile: Profile, event: ProfileEvent, before: Before): KeyView {
  const { amounts } = before;
  const known = amounts.count > 0;
  const { atMs } = event;
  return {
    kind: profile.kind,
    ...recent(profile, atMs),
    ...delayed(profile, atMs),
    amountsBefore: amounts.count,
    meanPaisaBefore: known ? amounts.meanPaisa : Number.NaN,
    deviationPaisaBefore: deviationPaisa(amounts),
    maxPaisaBefore: known ? amounts.maxPaisa : Number.NaN,
    sinceLastMs: Math.max(0, atMs - before.lastAtMs),
    sinceFirstMs: Math.max(0, atMs - profile.firstAtMs),
    customers1h: membersAfter(profile.members.customers, atMs - HOUR_MS),
    customers1d: membersAfter(profile.members.customers, atMs - DAY_MS),
    devices1d: membersAfter(profile.members.devices, atMs - DAY_MS),
    networks1d: membersAfter(profile.members.networks, atMs - DAY_MS),
    merchants1d: membersAfter(profile.members.merchants, atMs - DAY_MS),
    newDevice: Number(before.met.devices ?? Number.NaN),
    newNetwork: Number(before.met.networks ?? Number.NaN),
    newMerchant: Number(before.met.merchants ?? Number.NaN),
  };
}

const MINUTES_MS = [10 * MINUTE_MS, HOUR_MS];
const HOURS_MS = [6 * HOUR_MS, DAY_MS];
const WEEKS_MS = [7 * DAY_MS, 30 * DAY_MS];
const KNOWN_MS = [DAY_MS, 7 * DAY_MS, 28 * DAY_MS, 30 * DAY_MS];

function recent(profile: Profile, atMs: number) {
  const within = (name: SeriesName, spansMs: readonly number[]): readonly BucketSums[] =>
    nestedSums(profile.series[name], SHAPES[profile.grain][name], {
      untilMs: atMs,
      aftersMs: spansMs.map((spanMs) => atMs - spanMs),
    });
  const [tenMinutes = NO_SUMS, hour = NO_SUMS] = within("minutes", MINUTES_MS);
  const [sixHours = NO_SUMS, day = NO_SUMS] = within("hours", HOURS_MS);
  const [week = NO_SUMS, month = NO_SUMS] = within("weeks", WEEKS_MS);
  return {
    payments10m: tenMinutes.payments,
    payments1h: hour.payments,
    payments6h: sixHours.payments,
    payments1d: day.payments,
    payments7d: week.payments,
    payments30d: month.payments,
    paisa1d: day.paisa,
    paisa7d: week.paisa,
    paisa30d: month.paisa,
    declines10m: tenMinutes.declines,
    declines1h: hour.declines,
  };
}

function delayed(profile: Profile, atMs: number) {
  const shape = SHAPES[profile.grain].weeks;
  const series = profile.series.weeks;
  const untilMs = wholeBucketsUntil(shape, atMs - LABEL_DELAY_MS);
  const aftersMs = KNOWN_MS.map((spanMs) => atMs - LABEL_DELAY_MS - spanMs);
  const known = nestedSums(series, shape, { untilMs, aftersMs });
  const [day = NO_SUMS, week = NO_SUMS, fourWeeks = NO_SUMS, month = NO_SUMS] = known;
  return {
    known1d: day.payments,
    known7d: week.payments,
    known28d: fourWeeks.payments,
    known30d: month.payments,
    frauds1d: day.frauds,
    frauds7d: week.frauds,
    frauds28d: fourWeeks.frauds,
    frauds30d: month.frauds,
    sinceFraudMs: atMs - (lastFraudMs(series, shape, untilMs) ?? Number.NaN),
  };
}
