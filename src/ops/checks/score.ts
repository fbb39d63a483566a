/** Pure: what share of the weight of all checks holds. */
import type { CheckResult } from "./check.ts";

/** 0 to 100, rounded down: 100 means that every check held. No check, no score. */
export function securityScore(results: readonly Pick<CheckResult, "ok" | "weight">[]): number {
  const sum = (some: typeof results) => some.reduce((total, { weight }) => total + weight, 0);
  const all = sum(results);
  if (all === 0) return 0;
  return Math.floor((sum(results.filter(({ ok }) => ok)) * 100) / all);
}
