/** Trees in the form of a model's file, and scores by the code that serves. */
import { type FlatTrees, readTrees, scoreTrees, type Trees } from "../../src/risk/trees.ts";
import { DIGITS_MAX } from "./bins.ts";
import type { GrownTree } from "./boost.ts";

/** A hundred values rounded to 2^-16 move a score by less than .001. */
const VALUE_BITS = 16;

export function flatten(trees: readonly GrownTree[], valueBits = VALUE_BITS): FlatTrees {
  const nodes = trees.flat();
  const inner = nodes.filter(({ feature }) => feature >= 0);
  return {
    splits: nodes.map(({ feature, missingLeft }) =>
      feature < 0 ? -1 : 2 * feature + Number(missingLeft),
    ),
    thresholds: inner.map(({ threshold }) => shortFloat(threshold)),
    values: nodes.map(({ value }) => Math.round(value * 2 ** valueBits)),
    valueBits,
  };
}

export function treesOf(flat: FlatTrees, features: number): Trees {
  const trees = readTrees(flat, features);
  if (!trees.ok) throw new Error("What was trained cannot be read.");
  return trees.value;
}

/** Raw scores of some rows of columns. */
export function scoreRows(
  trees: Trees,
  columns: readonly Float32Array[],
  rows: Int32Array,
): Float64Array {
  const values = new Float32Array(columns.length);
  const contributions = new Float64Array(columns.length);
  return Float64Array.from(rows, (row) => {
    for (let at = 0; at < columns.length; at += 1) values[at] = columns[at]?.[row] ?? Number.NaN;
    return scoreTrees(trees, values, contributions);
  });
}

/** The shortest decimal that is the same 32-bit float. */
function shortFloat(value: number): number {
  for (let digits = 1; digits < DIGITS_MAX; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(DIGITS_MAX));
}
