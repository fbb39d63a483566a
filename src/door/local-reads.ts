import type { AdmitAnswer } from "./gate-object.ts";
import { admitAt, latestWindow, type RateWindow } from "./rate-window.ts";

/** What one isolate lets through per key while no gate answers; far below any tier, since isolates do not add up. */
const LOCAL = { name: "read", quota: 10, windowMs: 1_000 };
const KEYS_MAX = 1_000;

const windows = new Map<string, RateWindow>();

/**
 * Reads go on within a local limit when the gate cannot answer. A replayed read tells its own signer what he was told
 * before; writes are never admitted this way.
 */
export function admitReadLocally(keyId: string, nowMs: number): AdmitAnswer | undefined {
  const window = latestWindow(windows, keyId, KEYS_MAX);
  const { admitted, statuses } = admitAt(window, [LOCAL], nowMs);
  return admitted ? { admitted, rates: statuses } : undefined;
}
