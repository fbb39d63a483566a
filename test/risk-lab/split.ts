/** Which rows are learned from and which are tested, as in the published table. */
import { dayOf, type PaymentsTable } from "./payments-table.ts";

export const TEST_FOLDS = [136, 129, 122, 115] as const;
export const VALIDATION_FOLDS = [101, 94, 87, 80] as const;

const [TRAIN_DAYS, DELAY_DAYS, TEST_DAYS] = [7, 7, 7];

export interface Split {
  readonly trainRows: Int32Array;
  readonly testRows: Int32Array;
}

/** Learning may go on for longer than 7 days; it ends on the same day, and the test stays the same. */
export function splitAt(
  table: PaymentsTable,
  starts: readonly number[],
  { firstDay, trainDays }: { firstDay: number; trainDays: number },
): Split {
  const rows = (from: number, until: number) => rowsBetween(starts[from] ?? 0, starts[until] ?? 0);
  const endDay = firstDay + TRAIN_DAYS;
  const known = fraudCustomers(table, rows(firstDay, endDay));
  const tested: number[] = [];
  for (let day = 0; day < TEST_DAYS; day += 1) {
    // A day's frauds are known seven days later.
    const learned = endDay - 1 + day;
    for (const customer of fraudCustomers(table, rows(learned, learned + 1))) known.add(customer);
    const testDay = endDay + DELAY_DAYS + day;
    for (const row of rows(testDay, testDay + 1)) {
      if (!known.has(table.customer[row] ?? -1)) tested.push(row);
    }
  }
  return { trainRows: rows(endDay - trainDays, endDay), testRows: Int32Array.from(tested) };
}

export function scoredRows(table: PaymentsTable, rows: Int32Array, scores: Float64Array) {
  return {
    scores,
    frauds: Uint8Array.from(rows, (row) => table.fraud[row] ?? 0),
    days: rows.map((row) => dayOf(table, row)),
    customers: rows.map((row) => table.customer[row] ?? 0),
  };
}

function fraudCustomers(table: PaymentsTable, rows: Int32Array): Set<number> {
  const customers = new Set<number>();
  for (const row of rows) if (table.fraud[row] === 1) customers.add(table.customer[row] ?? -1);
  return customers;
}

function rowsBetween(from: number, until: number): Int32Array {
  return Int32Array.from({ length: until - from }, (_, at) => from + at);
}
