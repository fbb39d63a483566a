/**
 * How surprising a payment is, without any label and from the first day: for each feature that is suspicious on one side,
 * how rare a value as far out has been so far, in bits; their sum is the score, and each of them an explanation. What is
 * usual is learned from the payments themselves, and slowly forgotten. `learnSurprise` changes the state it is given.
 */
import {
  type ByteReader,
  byteReader,
  byteWriter,
  putWhole,
  takeCount,
  takeWhole,
  writtenBytes,
} from "./byte-form.ts";
import { FEATURES } from "./features.ts";
import { type Contribution, type ReasonCode, strongest } from "./reason-codes.ts";

interface Watched {
  readonly name: string;
  readonly side: "high" | "low";
  readonly reason: ReasonCode;
}

/** One feature per kind of sign: more of a kind would count the same sign twice. In the order of the state's columns. */
const WATCHED: readonly Watched[] = [
  { name: "amount", side: "high", reason: "amount_high" },
  { name: "customer_amount_to_mean", side: "high", reason: "amount_unusual_for_customer" },
  { name: "customer_mean_1d_to_mean", side: "high", reason: "amount_unusual_for_customer" },
  { name: "merchant_smoothed_risk_28d", side: "high", reason: "merchant_fraud_history" },
  { name: "merchant_risk_7d", side: "high", reason: "merchant_fraud_history" },
  { name: "customer_frauds_28d", side: "high", reason: "customer_fraud_history" },
  { name: "customer_payments_1h", side: "high", reason: "customer_velocity" },
  { name: "customer_declines_1h", side: "high", reason: "customer_declines" },
  { name: "customer_devices_1d", side: "high", reason: "customer_many_devices" },
  { name: "device_customers_1d", side: "high", reason: "device_many_customers" },
  { name: "device_declines_1h", side: "high", reason: "device_declines" },
  { name: "network_customers_1h", side: "high", reason: "network_many_customers" },
  { name: "network_declines_1h", side: "high", reason: "network_declines" },
];

const COLUMNS = WATCHED.map((watched) => ({
  ...watched,
  place: FEATURES.findIndex(({ name }) => name === watched.name),
}));

/** Counts per bin: one list per watched feature, and one of the scores themselves. */
export interface SurpriseState {
  readonly counts: readonly number[][];
  readonly scores: number[];
}

export interface Surprise {
  readonly bits: number;
  /** How many of the payments so far surprised less, 0 to 1. */
  readonly percentile: number;
  readonly reasons: readonly Contribution[];
  /** What the terms beyond the reasons contribute. */
  readonly rest: number;
}

const VERSION = 1;
/** Eight bins for every doubling, from 2^-8 to 2^20; bin 0 is 0 and below. */
const [BINS_PER_DOUBLING, LOWEST_POWER, BINS] = [8, -8, 226];
const SCORE_BINS_PER_BIT = 4;
/** Beyond this many payments old ones weigh half, and so on: what is usual may change. */
const COUNT_MAX = 200_000;

export function emptySurprise(): SurpriseState {
  return { counts: COLUMNS.map(noCounts), scores: noCounts() };
}

function noCounts(): number[] {
  return Array.from({ length: BINS }, () => 0);
}

/** `values` as `featuresOf` gives them; what is missing does not surprise. Before anything is learned, nothing does. */
export function surpriseOf(state: SurpriseState, values: Float64Array): Surprise {
  const sums = new Map<ReasonCode, number>();
  let bits = 0;
  for (const [at, { place, side, reason }] of COLUMNS.entries()) {
    const value = values[place] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const term = tailBits(state.counts[at] ?? [], { bin: binOf(value), side });
    bits += term;
    sums.set(reason, (sums.get(reason) ?? 0) + term);
  }
  const reasons = strongest(Array.from(sums, ([code, contribution]) => ({ code, contribution })));
  const told = reasons.reduce((sum, { contribution }) => sum + contribution, 0);
  return { bits, percentile: percentileOf(state.scores, bits), reasons, rest: bits - told };
}

/** Learns from a payment; scored before, so that it does not hide itself. */
export function learnSurprise(state: SurpriseState, values: Float64Array, bits: number): void {
  for (const [at, { place }] of COLUMNS.entries()) {
    const value = values[place] ?? Number.NaN;
    const counts = state.counts[at];
    if (counts && !Number.isNaN(value)) count(counts, binOf(value));
  }
  count(state.scores, scoreBin(bits));
}

export function encodeSurprise(state: SurpriseState): Uint8Array<ArrayBuffer> {
  const writer = byteWriter();
  putWhole(writer, VERSION);
  putWhole(writer, COLUMNS.length);
  for (const counts of [...state.counts, state.scores]) {
    const used = [...counts.entries()].filter(([, count]) => count > 0);
    putWhole(writer, used.length);
    let previous = 0;
    for (const [bin, count] of used) {
      putWhole(writer, bin - previous);
      putWhole(writer, count);
      previous = bin;
    }
  }
  return writtenBytes(writer);
}

/** Undefined when the bytes are no whole state of this version. */
export function decodeSurprise(bytes: Uint8Array): SurpriseState | undefined {
  const reader = byteReader(bytes);
  if (takeWhole(reader) !== VERSION || takeWhole(reader) !== COLUMNS.length) return undefined;
  const state = emptySurprise();
  for (const counts of [...state.counts, state.scores]) takeCounts(reader, counts);
  return reader.broken || reader.at !== bytes.length ? undefined : state;
}

function takeCounts(reader: ByteReader, counts: number[]): void {
  let bin = 0;
  for (let left = takeCount(reader, BINS); left > 0; left -= 1) {
    bin += takeWhole(reader);
    const count = takeWhole(reader);
    if (bin < BINS && count <= COUNT_MAX) counts[bin] = count;
    else reader.broken = true;
  }
}

/** How rare it is to be as far out or farther; one payment more is assumed there, so that nothing is impossible. */
function tailBits(counts: readonly number[], at: { bin: number; side: "high" | "low" }): number {
  let [tail, all] = [0, 0];
  for (let bin = 0; bin < counts.length; bin += 1) {
    const count = counts[bin] ?? 0;
    all += count;
    if (at.side === "high" ? bin >= at.bin : bin <= at.bin) tail += count;
  }
  return Math.log2((all + 1) / (tail + 1));
}

function percentileOf(scores: readonly number[], bits: number): number {
  const at = scoreBin(bits);
  let [below, all] = [0, 0];
  for (let bin = 0; bin < scores.length; bin += 1) {
    all += scores[bin] ?? 0;
    if (bin < at) below += scores[bin] ?? 0;
  }
  return all === 0 ? 0 : below / all;
}

function count(counts: number[], bin: number): void {
  const next = (counts[bin] ?? 0) + 1;
  counts[bin] = next;
  if (next < COUNT_MAX) return;
  for (let at = 0; at < counts.length; at += 1) counts[at] = (counts[at] ?? 0) >> 1;
}

function binOf(value: number): number {
  if (value <= 0) return 0;
  const bin = 1 + Math.floor((Math.log2(value) - LOWEST_POWER) * BINS_PER_DOUBLING);
  return Math.min(Math.max(bin, 1), BINS - 1);
}

function scoreBin(bits: number): number {
  return Math.min(Math.floor(bits * SCORE_BINS_PER_BIT), BINS - 1);
}
