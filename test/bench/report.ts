/** What the benchmark prints: a table of ratios, then the figures to reach. */
import type { Measured } from "./drive.ts";
import { type Scenario, SCENARIO_ROWS } from "./scenarios.ts";
import { median } from "./statistics.ts";
import type { EnvelopeCost, VerifyCost } from "./inside-cost.ts";

/** One measurement of a scenario, and the hello of the same round. */
export interface Turn {
  readonly measured: Measured;
  readonly hello: Measured;
}

export interface Row {
  readonly scenario: Scenario;
  readonly perSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  /** CPU time per request as a multiple of hello's. */
  readonly ratio: number;
  readonly unexpected: number;
}

export interface Figure {
  readonly reached: boolean;
  readonly text: string;
}

const HMAC_RATIO_MAX = 2;
const VERIFY_EXTRA_US = 60;
const UNSIGNED_RATIO_MAX = 3;
const ENVELOPE_RATIO_MAX = 1.5;

export function rowOf(scenario: Scenario, turns: readonly Turn[]): Row {
  const middle = (pick: (measured: Measured) => number) =>
    median(turns.map(({ measured }) => pick(measured)));
  return {
    scenario,
    perSec: middle(({ perSec }) => perSec),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    cpuUs: middle(({ cpuUs }) => cpuUs),
    ratio: median(turns.map(({ measured, hello }) => measured.cpuUs / hello.cpuUs)),
    unexpected: turns.reduce((sum, { measured }) => sum + measured.unexpected, 0),
  };
}

export function tableOf(rows: readonly Row[]): string {
  const head = ["scenario", "req/s", "p50 ms", "p99 ms", "CPU us/req", "x hello"];
  const lines = rows.map(({ scenario, perSec, p50Ms, p99Ms, cpuUs, ratio }) => [
    SCENARIO_ROWS[scenario].title,
    perSec.toFixed(0),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    cpuUs.toFixed(0),
    ratio.toFixed(2),
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)),
  );
  const padded = (line: readonly string[]) =>
    line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  return [head, ...lines].map((line) => padded(line).join("  ")).join("\n");
}

export function verifyFigure({ name, verifyUs, hmacUs }: VerifyCost): Figure {
  const allowedUs = HMAC_RATIO_MAX * hmacUs + VERIFY_EXTRA_US;
  return {
    reached: verifyUs <= allowedUs,
    text:
      `verifying a signed ${name}: ${verifyUs.toFixed(1)} us beside ${hmacUs.toFixed(1)} us of bare HMAC ` +
      `(at most ${HMAC_RATIO_MAX} x HMAC + ${VERIFY_EXTRA_US} us = ${allowedUs.toFixed(1)} us)`,
  };
}

export function envelopeFigure({ name, oursUs, bareUs }: EnvelopeCost): Figure {
  const ratio = oursUs / bareUs;
  return {
    reached: ratio <= ENVELOPE_RATIO_MAX,
    text:
      `${name} 1 KB: ${ratio.toFixed(2)} x AES-GCM of the same text, ${oursUs.toFixed(1)} us beside ${bareUs.toFixed(1)} us ` +
      `(at most ${ENVELOPE_RATIO_MAX} x)`,
  };
}

export function floodFigure(rows: readonly Row[]): Figure {
  const ratio = rows.find(({ scenario }) => scenario === "unsigned")?.ratio ?? Number.NaN;
  return {
    reached: ratio < UNSIGNED_RATIO_MAX,
    text: `refusing an unsigned request: ${ratio.toFixed(2)} x hello (below ${UNSIGNED_RATIO_MAX} x)`,
  };
}

/** A figure counts only for answers that did the work. */
export function answersFigure(rows: readonly Row[]): Figure {
  const wrong = rows.filter(({ unexpected }) => unexpected > 0);
  return {
    reached: wrong.length === 0,
    text:
      wrong.length === 0
        ? "every answer was the scenario's own"
        : wrong.map((row) => `${row.unexpected} other answers in "${row.scenario}"`).join(", "),
  };
}

export function figureLine({ reached, text }: Figure): string {
  return `${reached ? "ok    " : "MISSED"} ${text}`;
}
