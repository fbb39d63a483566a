/**
 * What the models look at, by one code for training and for serving. A feature is a number with a name and a unit; a key
 * that does not answer, or that the payment does not name, leaves its features missing (NaN).
 */
import { DAY_MS, HOUR_MS } from "#base";
import type { KeyView } from "./key-view.ts";
import type { KeyKind } from "./profile-form.ts";

export interface PaymentFacts {
  readonly atMs: number;
  readonly amountPaisa: number;
  /**
   * How many paisa the unit of the features' amounts is; a rupee without it. A model learned amounts of another currency
   * and another kind of shop: `amountUnitPaisa` maps a merchant's to them. NaN leaves amounts missing.
   */
  readonly amountUnitPaisa?: number | undefined;
  /** Of the place whose hours count: night there is meant. 0 is UTC. */
  readonly utcOffsetMinutes?: number | undefined;
}

export type Views = Partial<Record<KeyKind, KeyView>>;

export interface Feature {
  readonly name: string;
  readonly unit: "count" | "share" | "amount" | "ratio" | "hours" | "days" | "flag" | "sigma";
  readonly of: KeyKind | "payment";
  /** On which side of the usual a value is suspicious. */
  readonly side: "high" | "low" | "both";
}

interface Row extends Feature {
  readonly value: (facts: PaymentFacts, view: KeyView | undefined) => number;
}

type Read = (view: KeyView, facts: PaymentFacts) => number;

const PAISA_PER_RUPEE = 100;
const HOURS_PER_DAY = 24;
const NIGHT_ENDS_HOUR = 6;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = 4;
/** A merchant's share of frauds before anything is known of it, and how many payments that knowledge weighs. */
const PRIOR = { share: 0.008, payments: 10 } as const;

const units = (paisa: number, { amountUnitPaisa = PAISA_PER_RUPEE }: PaymentFacts): number =>
  paisa / amountUnitPaisa;
/** An average or share over nothing is 0, as in the published table. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : Number.NaN);
/** A late outcome may be known of a payment that is no longer counted. */
const risk = (frauds: number, known: number): number => share(frauds, Math.max(frauds, known));
const localHours = ({ atMs, utcOffsetMinutes = 0 }: PaymentFacts): number =>
  (atMs + utcOffsetMinutes * 60_000) / HOUR_MS;

function localHour(facts: PaymentFacts): number {
  return Math.floor(localHours(facts)) % HOURS_PER_DAY;
}

function isWeekend(facts: PaymentFacts): boolean {
  const weekday = (Math.floor(localHours(facts) / HOURS_PER_DAY) + EPOCH_WEEKDAY) % 7;
  return weekday === 0 || weekday === 6;
}

function ofPayment(
  form: [name: string, unit: Feature["unit"], side: Feature["side"]],
  value: (facts: PaymentFacts) => number,
): Row {
  const [name, unit, side] = form;
  return { name, unit, of: "payment", side, value };
}

function ofKey(
  of: KeyKind,
  form: [name: string, unit: Feature["unit"], side: Feature["side"]],
  read: Read,
): Row {
  const [name, unit, side] = form;
  const value: Row["value"] = (facts, view) =>
    view === undefined ? Number.NaN : read(view, facts);
  return { name: `${of}_${name}`, unit, of, side, value };
}

const PAYMENT_ROWS: readonly Row[] = [
  ofPayment(["amount", "amount", "high"], (facts) => units(facts.amountPaisa, facts)),
  ofPayment(["weekend", "flag", "both"], (facts) => Number(isWeekend(facts))),
  ofPayment(["night", "flag", "both"], (facts) => Number(localHour(facts) <= NIGHT_ENDS_HOUR)),
  ofPayment(["hour", "hours", "both"], (facts) => localHours(facts) % HOURS_PER_DAY),
];

const CUSTOMER_ROWS: readonly Row[] = [
  ofKey("customer", ["payments_1h", "count", "high"], (view) => view.payments1h),
  ofKey("customer", ["payments_6h", "count", "high"], (view) => view.payments6h),
  ofKey("customer", ["payments_1d", "count", "high"], (view) => view.payments1d),
  ofKey("customer", ["payments_7d", "count", "high"], (view) => view.payments7d),
  ofKey("customer", ["payments_30d", "count", "high"], (view) => view.payments30d),
  ofKey("customer", ["mean_1d", "amount", "both"], (view, facts) =>
    units(share(view.paisa1d, view.payments1d), facts),
  ),
  ofKey("customer", ["mean_7d", "amount", "both"], (view, facts) =>
    units(share(view.paisa7d, view.payments7d), facts),
  ),
  ofKey("customer", ["mean_30d", "amount", "both"], (view, facts) =>
    units(share(view.paisa30d, view.payments30d), facts),
  ),
  ofKey("customer", ["sum_1d", "amount", "high"], (view, facts) => units(view.paisa1d, facts)),
  ofKey("customer", ["amount_to_mean", "ratio", "high"], amountToMean),
  ofKey("customer", ["amount_to_max", "ratio", "high"], (view, { amountPaisa }) =>
    ratio(amountPaisa, view.maxPaisaBefore),
  ),
  ofKey("customer", ["amount_deviation", "sigma", "high"], (view, { amountPaisa }) =>
    view.deviationPaisaBefore > 0
      ? (amountPaisa - view.meanPaisaBefore) / view.deviationPaisaBefore
      : Number.NaN,
  ),
  ofKey("customer", ["mean_1d_to_mean", "ratio", "high"], (view) =>
    ratio(share(view.paisa1d, view.payments1d), view.meanPaisaBefore),
  ),
  ofKey("customer", ["since_last", "hours", "low"], (view) => view.sinceLastMs / HOUR_MS),
  ofKey("customer", ["history", "days", "low"], (view) => view.sinceFirstMs / DAY_MS),
  ofKey("customer", ["merchants_1d", "count", "high"], (view) => view.merchants1d),
  ofKey("customer", ["new_merchant", "flag", "high"], (view) => view.newMerchant),
  ofKey("customer", ["frauds_28d", "count", "high"], (view) => view.frauds28d),
  ofKey("customer", ["devices_1d", "count", "high"], (view) => view.devices1d),
  ofKey("customer", ["networks_1d", "count", "high"], (view) => view.networks1d),
  ofKey("customer", ["new_device", "flag", "high"], (view) => view.newDevice),
  ofKey("customer", ["new_network", "flag", "high"], (view) => view.newNetwork),
  ofKey("customer", ["declines_1h", "count", "high"], (view) => view.declines1h),
];

const MERCHANT_ROWS: readonly Row[] = [
  ofKey("merchant", ["known_1d", "count", "both"], (view) => view.known1d),
  ofKey("merchant", ["risk_1d", "share", "high"], (view) => risk(view.frauds1d, view.known1d)),
  ofKey("merchant", ["known_7d", "count", "both"], (view) => view.known7d),
  ofKey("merchant", ["risk_7d", "share", "high"], (view) => risk(view.frauds7d, view.known7d)),
  ofKey("merchant", ["known_30d", "count", "both"], (view) => view.known30d),
  ofKey("merchant", ["risk_30d", "share", "high"], (view) => risk(view.frauds30d, view.known30d)),
  ofKey("merchant", ["frauds_28d", "count", "high"], (view) => view.frauds28d),
  ofKey("merchant", ["smoothed_risk_28d", "share", "high"], smoothedRisk),
  ofKey("merchant", ["since_fraud", "days", "low"], (view) => view.sinceFraudMs / DAY_MS),
  ofKey("merchant", ["payments_1h", "count", "high"], (view) => view.payments1h),
  ofKey("merchant", ["payments_1d", "count", "high"], (view) => view.payments1d),
  ofKey("merchant", ["amount_to_mean", "ratio", "high"], amountToMean),
];

/** A device and a network say the same of themselves: how busy, how many customers, how many declines. */
const sharedRows = (of: "device" | "network"): readonly Row[] => [
  ofKey(of, ["payments_1h", "count", "high"], (view) => view.payments1h),
  ofKey(of, ["payments_1d", "count", "high"], (view) => view.payments1d),
  ofKey(of, ["customers_1h", "count", "high"], (view) => view.customers1h),
  ofKey(of, ["customers_1d", "count", "high"], (view) => view.customers1d),
  ofKey(of, ["declines_1h", "count", "high"], (view) => view.declines1h),
  ofKey(of, ["frauds_28d", "count", "high"], (view) => view.frauds28d),
];

const ROWS: readonly Row[] = [
  ...PAYMENT_ROWS,
  ...CUSTOMER_ROWS,
  ...MERCHANT_ROWS,
  ...sharedRows("device"),
  ...sharedRows("network"),
];

/** In the order of `featuresOf`. */
export const FEATURES: readonly Feature[] = ROWS.map(({ name, unit, of, side }) => ({
  name,
  unit,
  of,
  side,
}));

export function featuresOf(facts: PaymentFacts, views: Views): Float64Array<ArrayBuffer> {
  const values = new Float64Array(ROWS.length);
  for (const [index, row] of ROWS.entries()) {
    values[index] = row.value(facts, row.of === "payment" ? undefined : views[row.of]);
  }
  return values;
}

function amountToMean(view: KeyView, { amountPaisa }: PaymentFacts): number {
  return ratio(amountPaisa, view.meanPaisaBefore);
}

function smoothedRisk(view: KeyView): number {
  const known = Math.max(view.frauds28d, view.known28d);
  return (view.frauds28d + PRIOR.share * PRIOR.payments) / (known + PRIOR.payments);
}
