/** The form of a profile: what it holds, for how long, and how finely. */
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#base";
import type { Amounts } from "./amounts.ts";
import type { BucketSeries, BucketShape } from "./bucket-series.ts";
import type { Members } from "./members.ts";

export const KEY_KINDS = ["customer", "device", "network", "merchant"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Widths of buckets: `serving` keeps a profile at a few kB, `exact` has no bound and is for measuring against it. */
export const GRAINS = ["serving", "exact"] as const;
export type Grain = (typeof GRAINS)[number];

export const SERIES = ["minutes", "hours", "weeks"] as const;
export type SeriesName = (typeof SERIES)[number];
export const MEMBER_LISTS = ["customers", "devices", "networks", "merchants"] as const;
export type MemberList = (typeof MEMBER_LISTS)[number];

export interface Profile {
  readonly kind: KeyKind;
  readonly grain: Grain;
  firstAtMs: number;
  lastAtMs: number;
  readonly amounts: Amounts;
  readonly series: Readonly<Record<SeriesName, BucketSeries>>;
  readonly members: Readonly<Record<MemberList, Members>>;
  /** Hashes of the last payments and outcomes: what is repeated counts once. */
  readonly payments: number[];
  readonly declines: number[];
  readonly frauds: number[];
}

/** Hashes are whole numbers below 2^32 (the first four bytes of a keyed hash). */
export interface ProfileEvent {
  readonly paymentHash: number;
  readonly atMs: number;
  readonly amountPaisa: number;
  readonly customer?: number | undefined;
  readonly device?: number | undefined;
  readonly network?: number | undefined;
  readonly merchant?: number | undefined;
}

export interface Outcome {
  /** `refunded` tells of no fraud: it is taken so that no caller has to sort it out. */
  readonly kind: "fraud" | "legit" | "declined" | "refunded";
  readonly paymentHash: number;
  readonly paidAtMs: number;
  /** When it became known. */
  readonly atMs: number;
}

const LATE_MS = HOUR_MS;
const MINUTES_KEPT_MS = HOUR_MS + LATE_MS;
const HOURS_KEPT_MS = DAY_MS + LATE_MS;
/** The longest delayed window (30 days, 7 days old) and a day to spare. */
const WEEKS_KEPT_MS = 38 * DAY_MS;
export const FORGOTTEN_AFTER_MS = 60 * DAY_MS;
/** Repeats come within seconds, of which the busiest key sees no more than this many payments. */
export const HASHES_MAX = 128;

export const SHAPES: Record<Grain, Record<SeriesName, BucketShape>> = {
  serving: {
    minutes: { widthMs: MINUTE_MS, keptMs: MINUTES_KEPT_MS },
    hours: { widthMs: HOUR_MS, keptMs: HOURS_KEPT_MS },
    // Whole days would blur the delayed risk of a merchant: they cost .022 of average precision.
    weeks: { widthMs: 6 * HOUR_MS, keptMs: WEEKS_KEPT_MS },
  },
  exact: {
    minutes: { widthMs: 1, keptMs: MINUTES_KEPT_MS },
    hours: { widthMs: 1, keptMs: HOURS_KEPT_MS },
    weeks: { widthMs: 1, keptMs: WEEKS_KEPT_MS },
  },
};

/** How many of whom a key of a kind remembers; 0 is none. */
export const MEMBERS_MAX: Record<KeyKind, Record<MemberList, number>> = {
  customer: { customers: 0, devices: 16, networks: 16, merchants: 96 },
  device: { customers: 64, devices: 0, networks: 0, merchants: 0 },
  network: { customers: 64, devices: 0, networks: 0, merchants: 0 },
  merchant: { customers: 0, devices: 0, networks: 0, merchants: 0 },
};
