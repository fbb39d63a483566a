import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binColumn } from "./bins.ts";
import { boost } from "./boost.ts";
import { flatten, scoreRows, treesOf } from "./flat-trees.ts";
import { calibrate } from "./make-model.ts";

const OPTIONS = { trees: 20, depth: 3, rate: 0.3, lambda: 1, childWeightMin: 1 };
const ROWS = 3_000;

/** No row is drawn: the same table every time. */
function table() {
  const column = (step: number) =>
    Float32Array.from({ length: ROWS }, (_, at) => ((at * step) % 997) / 997);
  const [first, second] = [column(31), column(57)];
  for (let at = 0; at < ROWS; at += 5) second[at] = Number.NaN;
  const labels = Uint8Array.from({ length: ROWS }, (_, at) => {
    const isHigh = (first[at] ?? 0) > 0.8;
    return Number(isHigh && !((second[at] ?? 0) < 0.5));
  });
  return {
    columns: [first, second],
    labels,
    rows: Int32Array.from({ length: ROWS }, (_, at) => at),
  };
}

describe("the trainer", () => {
  it("learns two features together, and what a missing value means", () => {
    const { columns, labels, rows } = table();
    const trees = treesOf(flatten(boost(columns, { rows, labels }, OPTIONS)), columns.length);
    const wrong = scoreRows(trees, columns, rows).filter(
      (raw, at) => raw > 0 !== (labels[at] === 1),
    );
    expect(wrong.length).toBe(0);
  });

  it("the same data make the same trees", () => {
    const { columns, labels, rows } = table();
    const train = () => JSON.stringify(flatten(boost(columns, { rows, labels }, OPTIONS)));
    expect(train()).toBe(train());
  });

  it("a row that is not among the training rows changes nothing", () => {
    const { columns, labels, rows } = table();
    const train = (truths: Uint8Array) =>
      boost(columns, { rows: rows.subarray(0, 2_000), labels: truths }, OPTIONS);
    expect(train(labels.map((label, at) => (at < 2_000 ? label : 1 - label)))).toEqual(
      train(labels),
    );
  });

  it("bins part values as their cuts do", () => {
    const values = fc.array(fc.oneof(fc.constant(Number.NaN), fc.float({ noNaN: true })), {
      minLength: 2,
    });
    fc.assert(
      fc.property(values, (list) => {
        const column = Float32Array.from(list);
        const { bins, cuts } = binColumn(column, Int32Array.from(column.keys()));
        for (const [at, value] of column.entries()) {
          const below = cuts.filter((cut) => cut <= value).length;
          expect(bins[at]).toBe(Number.isNaN(value) ? cuts.length + 1 : below);
        }
      }),
    );
  });

  it("a calibration never falls, and makes nothing certain", () => {
    const raws = Float64Array.from({ length: 1_000 }, (_, at) => at / 100);
    const frauds = Uint8Array.from(raws, (raw, at) => Number(raw > 9 || at % 13 === 0));
    const { raws: points, probabilities } = calibrate(raws, frauds);
    expect(points).toEqual(points.toSorted((a, b) => a - b));
    expect(probabilities).toEqual(probabilities.toSorted((a, b) => a - b));
    expect(probabilities.at(-1)).toBeLessThan(1);
    expect(probabilities.length).toBeGreaterThan(2);
  });
});
