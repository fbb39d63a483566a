/** The payments through the very code that serves: one profile per customer and per terminal, in the order of time. */
import { FEATURES, featuresOf } from "../../src/risk/features.ts";
import type { Grain } from "../../src/risk/profile-form.ts";
import { emptyProfile, noteOutcome, observe } from "../../src/risk/profile.ts";
import { FIRST_DAY_MS, type PaymentsTable } from "./payments-table.ts";

/** By column, of every row. */
export interface FeatureTable {
  readonly rows: number;
  readonly columns: readonly Float32Array[];
}

/** A terminal of the data plays the merchant's part. A label is told at once: the profile itself must hold it back. */
function forEachFeatures(
  table: PaymentsTable,
  grain: Grain,
  take: (row: number, values: Float64Array) => void,
): void {
  const customers = makeProfiles("customer", grain);
  const merchants = makeProfiles("merchant", grain);
  for (let row = 0; row < table.rows; row += 1) {
    const atMs = FIRST_DAY_MS + (table.atSec[row] ?? 0) * 1_000;
    const customerProfile = customers(table.customer[row] ?? 0, atMs);
    const merchantProfile = merchants(table.terminal[row] ?? 0, atMs);
    const facts = { paymentHash: row, atMs, amountPaisa: table.cents[row] ?? 0 };
    const customer = observe(customerProfile, { ...facts, merchant: table.terminal[row] });
    const merchant = observe(merchantProfile, facts);
    take(row, featuresOf(facts, { customer, merchant }));
    if (table.fraud[row] !== 1) continue;
    const outcome = { kind: "fraud", paymentHash: row, paidAtMs: atMs, atMs } as const;
    noteOutcome(customerProfile, outcome);
    noteOutcome(merchantProfile, outcome);
  }
}

export function featureTable(
  table: PaymentsTable,
  grain: Grain,
  watch?: (row: number, values: Float64Array) => void,
): FeatureTable {
  const columns = FEATURES.map(() => new Float32Array(table.rows));
  forEachFeatures(table, grain, (row, values) => {
    watch?.(row, values);
    for (let at = 0; at < columns.length; at += 1) {
      const column = columns[at];
      if (column) column[row] = values[at] ?? Number.NaN;
    }
  });
  return { rows: table.rows, columns };
}

function makeProfiles(kind: "customer" | "merchant", grain: Grain) {
  const profiles = new Map<number, ReturnType<typeof emptyProfile>>();
  return (key: number, atMs: number) => {
    const known = profiles.get(key) ?? emptyProfile(kind, atMs, grain);
    profiles.set(key, known);
    return known;
  };
}
