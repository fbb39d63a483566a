/** The one way to learn the time: wiring gives the real clock, tests their own. */
export type Clock = () => number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** The UTC calendar day of an epoch second as YYYY-MM-DD (api.md 1: daily signing key). */
export function utcDate(epochSec: number): string {
  return new Date(epochSec * SECOND_MS).toISOString().slice(0, 10);
}
