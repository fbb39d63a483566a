import { describe, expect, it } from "vitest";
import { noteEnd, NOTHING_HEARD, silentSinceMs } from "../../src/events/webhook-silence.ts";

const NOW_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

describe("webhook_silence", () => {
  it("PP-05: an hour of ends that only asking found is silence", () => {
    const first = noteEnd(NOTHING_HEARD, false, NOW_MS);
    expect(silentSinceMs(first, NOW_MS + HOUR_MS - 1)).toBeNull();
    expect(silentSinceMs(first, NOW_MS + HOUR_MS)).toBe(NOW_MS);
  });

  it("PP-05: later polled ends do not start the hour again", () => {
    const first = noteEnd(NOTHING_HEARD, false, NOW_MS);
    const later = noteEnd(first, false, NOW_MS + HOUR_MS / 2);
    expect(silentSinceMs(later, NOW_MS + HOUR_MS)).toBe(NOW_MS);
  });

  it("PP-05: one end that a webhook told of ends the silence", () => {
    const silent = noteEnd(NOTHING_HEARD, false, NOW_MS);
    const heard = noteEnd(silent, true, NOW_MS + 2 * HOUR_MS);
    expect(silentSinceMs(heard, NOW_MS + 9 * HOUR_MS)).toBeNull();
    const polled = noteEnd(heard, false, NOW_MS + 10 * HOUR_MS);
    expect(silentSinceMs(polled, NOW_MS + 10 * HOUR_MS)).toBeNull();
  });

  it("PP-05: no payments at all is not silence", () => {
    expect(silentSinceMs(NOTHING_HEARD, NOW_MS)).toBeNull();
  });
});
