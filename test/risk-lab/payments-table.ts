/** The simulated payments as columns, read from the folder that the flag --data names (docs/risk.md). */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface PaymentsTable {
  readonly rows: number;
  /** Since the table's first day, which is a Sunday. */
  readonly atSec: Int32Array;
  readonly customer: Int32Array;
  readonly terminal: Int32Array;
  readonly cents: Int32Array;
  readonly fraud: Uint8Array;
}

const DAY_SEC = 86_400;
export const FIRST_DAY_MS = Date.UTC(2018, 3, 1);
const ROWS_MAX = 2_000_000;

export function readPayments(folder: string): PaymentsTable {
  const files = readdirSync(folder).filter((name) => /^tx-\d{4}-\d{2}\.csv\.gz$/.test(name));
  if (files.length === 0) throw new Error(`No tx-*.csv.gz in ${folder}.`);
  const columns = [0, 1, 2, 3, 4].map(() => new Int32Array(ROWS_MAX));
  let rows = 0;
  for (const file of files.toSorted()) {
    forEachLine(join(folder, file), (cells) => {
      for (const [at, column] of columns.entries()) column[rows] = cells[at] ?? 0;
      rows += 1;
    });
  }
  const [atSec, customer, terminal, cents, fraud] = columns.map((column) => column.slice(0, rows));
  if (!atSec || !customer || !terminal || !cents || !fraud) throw new Error("Columns are missing.");
  return { rows, atSec, customer, terminal, cents, fraud: Uint8Array.from(fraud) };
}

export function dayOf(table: PaymentsTable, row: number): number {
  return Math.floor((table.atSec[row] ?? 0) / DAY_SEC);
}

/** The first row of every day, and behind the last day the number of rows. */
export function dayStarts(table: PaymentsTable): number[] {
  const starts: number[] = [];
  for (let row = 0; row < table.rows; row += 1) {
    while (starts.length <= dayOf(table, row)) starts.push(row);
  }
  return [...starts, table.rows];
}

/** Every line behind the first, as numbers. */
export function forEachLine(path: string, take: (cells: number[]) => void): void {
  const text = gunzipSync(readFileSync(path)).toString("latin1");
  let start = text.indexOf("\n") + 1;
  while (start < text.length) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    take(text.slice(start, stop).split(",").map(Number));
    start = stop + 1;
  }
}
