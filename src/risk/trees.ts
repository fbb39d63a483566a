/**
 * Trees as flat arrays, in the order root, left, right: the left child of a node is the next one. Every node has a value,
 * what the tree expects there; the step from a node to its child is what the node's feature contributes. Values are
 * whole multiples of a power of two, so that contributions add up to the score exactly, in every order.
 */
import { ok, type Result, refused } from "#base";

export interface FlatTrees {
  /** Twice the feature's place, plus one when a missing value goes left; -1 is a leaf. */
  readonly splits: readonly number[];
  /** One per node that is no leaf: a value below it goes left, both as 32-bit floats. */
  readonly thresholds: readonly number[];
  /** One per node, in units of 2^-valueBits. */
  readonly values: readonly number[];
  readonly valueBits: number;
}

export interface Trees {
  readonly features: number;
  readonly feature: Int16Array;
  readonly missingLeft: Uint8Array;
  readonly threshold: Float32Array;
  readonly right: Int32Array;
  /** How far the step to a node from its parent moves the score. */
  readonly step: Float64Array;
  readonly roots: Int32Array;
  /** What all trees expect before they look at anything. */
  readonly bias: number;
}

const TREES_MAX = 1_000;
const NODES_MAX = 20_000;
const DEPTH_MAX = 12;
/** Sums of a thousand values of this size are still exact in 53 bits. */
const VALUE_BITS_MAX = 32;
const VALUE_MAX = 2 ** 40;
const LEAF = -1;

/** Refuses what is no whole list of trees over `features` features. */
export function readTrees(flat: FlatTrees, features: number): Result<Trees, "tree"> {
  const { splits, thresholds, values, valueBits } = flat;
  const inner = splits.filter((split) => split !== LEAF);
  const fits =
    splits.length <= NODES_MAX &&
    values.length === splits.length &&
    thresholds.length === inner.length &&
    inner.every((split) => Number.isInteger(split) && split >= 0 && split < 2 * features) &&
    thresholds.every((threshold) => Number.isFinite(Math.fround(threshold))) &&
    values.every((value) => Number.isInteger(value) && Math.abs(value) <= VALUE_MAX) &&
    Number.isInteger(valueBits) &&
    valueBits >= 0 &&
    valueBits <= VALUE_BITS_MAX;
  const shape = fits ? shapeOf(splits) : undefined;
  if (!shape || shape.roots.length > TREES_MAX) return refused("tree");
  const value = Float64Array.from(values, (units) => units / 2 ** valueBits);
  let place = 0;
  return ok({
    features,
    feature: Int16Array.from(splits, (split) => (split === LEAF ? LEAF : split >> 1)),
    missingLeft: Uint8Array.from(splits, (split) => (split === LEAF ? 0 : split & 1)),
    threshold: Float32Array.from(splits, (split) => {
      if (split === LEAF) return 0;
      place += 1;
      return thresholds[place - 1] ?? 0;
    }),
    right: Int32Array.from(shape.right),
    step: stepsOf(value, shape.right),
    roots: Int32Array.from(shape.roots),
    bias: shape.roots.reduce((sum, root) => sum + (value[root] ?? 0), 0),
  });
}

/** The raw score; `contributions`, one per feature, become what brought it there from the bias. */
export function scoreTrees(
  trees: Trees,
  values: Float32Array,
  contributions: Float64Array,
): number {
  const { feature, right, step, roots } = trees;
  contributions.fill(0);
  for (let tree = 0; tree < roots.length; tree += 1) {
    let node = roots[tree] ?? 0;
    let at = feature[node] ?? LEAF;
    while (at !== LEAF) {
      node = goesLeft(trees, node, values[at] ?? Number.NaN) ? node + 1 : (right[node] ?? 0);
      contributions[at] = (contributions[at] ?? 0) + (step[node] ?? 0);
      at = feature[node] ?? LEAF;
    }
  }
  return trees.bias + sumOf(contributions);
}

/** A plain loop: a callback per number would cost as much as the trees. */
function sumOf(numbers: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < numbers.length; at += 1) sum += numbers[at] ?? 0;
  return sum;
}

function goesLeft({ threshold, missingLeft }: Trees, node: number, value: number): boolean {
  // A missing value is not below anything.
  return value < (threshold[node] ?? 0) || (Number.isNaN(value) && missingLeft[node] === 1);
}

/** What a node expects beyond its parent; 0 for a root. */
function stepsOf(value: Float64Array, right: readonly number[]): Float64Array {
  const step = new Float64Array(value.length);
  for (const [parent, child] of right.entries()) {
    if (child === 0) continue; // a leaf
    const expected = value[parent] ?? 0;
    step[parent + 1] = (value[parent + 1] ?? 0) - expected;
    step[child] = (value[child] ?? 0) - expected;
  }
  return step;
}

/** Where trees begin, and for every node where its right child is; undefined when the last tree has no end. */
function shapeOf(splits: readonly number[]): { roots: number[]; right: number[] } | undefined {
  const roots: number[] = [];
  const right = splits.map(() => 0);
  /** Nodes whose right child is still to come. */
  const open: number[] = [];
  let startsTree = true;
  for (const [at, split] of splits.entries()) {
    if (startsTree) roots.push(at);
    startsTree = false;
    if (split !== LEAF) {
      open.push(at);
      if (open.length > DEPTH_MAX) return undefined;
      continue;
    }
    const parent = open.pop();
    if (parent === undefined) startsTree = true;
    else right[parent] = at + 1;
  }
  return startsTree ? { roots, right } : undefined;
}
