/**
 * Gradient boosted trees for a yes or no (logistic loss). The raw score starts at 0, not at the log-odds of the base rate:
 * started there, the first splits on the rare class are refused for too little weight. Deterministic: no sampling.
 */
import { type BinnedColumn, binColumn } from "./bins.ts";

export interface BoostOptions {
  readonly trees: number;
  readonly depth: number;
  readonly rate: number;
  /** Pulls the values of small nodes to 0. */
  readonly lambda: number;
  readonly childWeightMin: number;
}

/** In the order root, left, right. A leaf has feature -1. */
export interface GrownNode {
  readonly feature: number;
  readonly threshold: number;
  readonly missingLeft: boolean;
  readonly value: number;
}

export type GrownTree = readonly GrownNode[];

interface Cut {
  readonly gain: number;
  readonly column: number;
  readonly at: number;
  readonly missingLeft: boolean;
}

interface Grower {
  readonly columns: readonly BinnedColumn[];
  /** Where a column's sums begin. */
  readonly offsets: readonly number[];
  readonly sumsLength: number;
  readonly options: BoostOptions;
  readonly slopes: Float64Array;
  readonly weights: Float64Array;
  readonly raw: Float64Array;
  readonly order: Int32Array;
  readonly spare: Int32Array;
  readonly nodes: GrownNode[];
}

/** Rows from `from` to `until` of the grower's order, with sums of slope and weight per bin. */
interface Span {
  readonly from: number;
  readonly until: number;
  readonly depth: number;
  readonly sums: Float64Array;
}

const GAIN_MIN = 1e-9;

export function boost(
  columns: readonly Float32Array[],
  { rows, labels }: { rows: Int32Array; labels: Uint8Array },
  options: BoostOptions,
): readonly GrownTree[] {
  const grower = makeGrower(columns, rows, options);
  const truths = Uint8Array.from(rows, (row) => labels[row] ?? 0);
  const trees: GrownTree[] = [];
  for (let tree = 0; tree < options.trees; tree += 1) {
    for (let at = 0; at < rows.length; at += 1) {
      const probability = 1 / (1 + Math.exp(-(grower.raw[at] ?? 0)));
      grower.slopes[at] = probability - (truths[at] ?? 0);
      grower.weights[at] = probability * (1 - probability);
      grower.order[at] = at;
    }
    grower.nodes.length = 0;
    const root = { from: 0, until: rows.length, depth: 0 };
    grow(grower, { ...root, sums: sumBins(grower, root) });
    trees.push([...grower.nodes]);
  }
  return trees;
}

function makeGrower(
  columns: readonly Float32Array[],
  rows: Int32Array,
  options: BoostOptions,
): Grower {
  const binned = columns.map((column) => binColumn(column, rows));
  const offsets: number[] = [];
  let sumsLength = 0;
  for (const { cuts } of binned) {
    offsets.push(sumsLength);
    sumsLength += 2 * (cuts.length + 2);
  }
  return {
    columns: binned,
    offsets,
    sumsLength,
    options,
    slopes: new Float64Array(rows.length),
    weights: new Float64Array(rows.length),
    raw: new Float64Array(rows.length),
    order: new Int32Array(rows.length),
    spare: new Int32Array(rows.length),
    nodes: [],
  };
}

function grow(grower: Grower, span: Span): void {
  const { nodes, columns, options } = grower;
  const total = totalOf(span.sums, columns[0]);
  const value = (-options.rate * total.slope) / (total.weight + options.lambda);
  const cut = span.depth < options.depth ? bestCut(grower, span, total) : undefined;
  const column = cut && columns[cut.column];
  if (!cut || !column) {
    nodes.push({ feature: -1, threshold: 0, missingLeft: false, value });
    for (let at = span.from; at < span.until; at += 1) {
      const row = grower.order[at] ?? 0;
      grower.raw[row] = (grower.raw[row] ?? 0) + value;
    }
    return;
  }
  const { missingLeft } = cut;
  nodes.push({ feature: cut.column, threshold: column.cuts[cut.at] ?? 0, missingLeft, value });
  const middle = part(grower, span, { column, at: cut.at, missingLeft });
  const depth = span.depth + 1;
  const left = { from: span.from, until: middle, depth };
  const right = { from: middle, until: span.until, depth };
  const leftIsSmaller = middle - span.from < span.until - middle;
  const sums = sumBins(grower, leftIsSmaller ? left : right);
  const rest = span.sums.map((sum, at) => sum - (sums[at] ?? 0));
  grow(grower, { ...left, sums: leftIsSmaller ? sums : rest });
  grow(grower, { ...right, sums: leftIsSmaller ? rest : sums });
}

/** Plain loops: this is where all the time goes. */
function sumBins(grower: Grower, { from, until }: { from: number; until: number }): Float64Array {
  const sums = new Float64Array(grower.sumsLength);
  const { order } = grower;
  const slopes = new Float64Array(until - from);
  const weights = new Float64Array(until - from);
  for (let at = from; at < until; at += 1) {
    slopes[at - from] = grower.slopes[order[at] ?? 0] ?? 0;
    weights[at - from] = grower.weights[order[at] ?? 0] ?? 0;
  }
  const rows = order.subarray(from, until);
  for (const [index, { bins, cuts }] of grower.columns.entries()) {
    // What never cuts needs no sums, but the first column gives the totals.
    if (cuts.length === 0 && index > 0) continue;
    const column = sums.subarray(grower.offsets[index] ?? 0);
    addColumn(column, { bins, rows, slopes, weights });
  }
  return sums;
}

function addColumn(
  sums: Float64Array,
  from: { bins: Uint16Array; rows: Int32Array; slopes: Float64Array; weights: Float64Array },
): void {
  const { bins, rows, slopes, weights } = from;
  for (let at = 0; at < rows.length; at += 1) {
    const place = 2 * (bins[rows[at] ?? 0] ?? 0);
    sums[place] = (sums[place] ?? 0) + (slopes[at] ?? 0);
    sums[place + 1] = (sums[place + 1] ?? 0) + (weights[at] ?? 0);
  }
}

function totalOf(sums: Float64Array, first: BinnedColumn | undefined) {
  let [slope, weight] = [0, 0];
  for (let bin = 0; bin < (first?.cuts.length ?? 0) + 2; bin += 1) {
    slope += sums[2 * bin] ?? 0;
    weight += sums[2 * bin + 1] ?? 0;
  }
  return { slope, weight };
}

function bestCut(
  grower: Grower,
  { sums }: Span,
  total: { slope: number; weight: number },
): Cut | undefined {
  const { lambda, childWeightMin } = grower.options;
  const worth = (slope: number, weight: number) => (slope * slope) / (weight + lambda);
  const whole = worth(total.slope, total.weight);
  let best: Cut | undefined;
  const consider = (cut: Omit<Cut, "gain">, slope: number, weight: number) => {
    const [otherSlope, otherWeight] = [total.slope - slope, total.weight - weight];
    if (weight < childWeightMin || otherWeight < childWeightMin) return;
    const gain = worth(slope, weight) + worth(otherSlope, otherWeight) - whole;
    if (gain > (best?.gain ?? GAIN_MIN)) best = { ...cut, gain };
  };
  for (const [column, { cuts }] of grower.columns.entries()) {
    const offset = grower.offsets[column] ?? 0;
    const missing = offset + 2 * (cuts.length + 1);
    const [missingSlope, missingWeight] = [sums[missing] ?? 0, sums[missing + 1] ?? 0];
    let [slope, weight] = [0, 0];
    for (let at = 0; at < cuts.length; at += 1) {
      slope += sums[offset + 2 * at] ?? 0;
      weight += sums[offset + 2 * at + 1] ?? 0;
      consider({ column, at, missingLeft: false }, slope, weight);
      if (missingWeight <= 0) continue;
      consider({ column, at, missingLeft: true }, slope + missingSlope, weight + missingWeight);
    }
  }
  return best;
}

/** Rows that go left first, in their order. */
function part(
  grower: Grower,
  { from, until }: Span,
  cut: { column: BinnedColumn; at: number; missingLeft: boolean },
): number {
  const { bins, cuts } = cut.column;
  const missing = cuts.length + 1;
  let [left, right] = [from, 0];
  for (let at = from; at < until; at += 1) {
    const row = grower.order[at] ?? 0;
    const bin = bins[row] ?? 0;
    if (bin === missing ? cut.missingLeft : bin <= cut.at) {
      grower.order[left] = row;
      left += 1;
    } else {
      grower.spare[right] = row;
      right += 1;
    }
  }
  grower.order.set(grower.spare.subarray(0, right), left);
  return left;
}
