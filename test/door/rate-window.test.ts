import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rateFields, retryAfterSec } from "#door";
import {
  admitAt,
  type RateAnswer,
  type RateLimit,
  type RateWindow,
  restoreWindow,
} from "../../src/door/rate-window.ts";

const T0 = 1_800_000_000_000;
const limit = (quota: number, windowMs: number, name = "read"): RateLimit => ({
  name,
  quota,
  windowMs,
});
const fresh = (): RateWindow => ({ timesMs: [] });

/** The rule itself, slowly: everything ever admitted is kept and counted from the start each time. */
function naiveLog() {
  let admitted: number[] = [];
  const countAt = (nowMs: number, windowMs: number) =>
    admitted.filter((time) => time > nowMs - windowMs).length;
  const leftAt = (nowMs: number, { quota, windowMs }: RateLimit) =>
    Math.max(0, quota - countAt(nowMs, windowMs));
  return {
    all: () => admitted,
    ask(clockMs: number, limits: readonly RateLimit[]): RateAnswer {
      const nowMs = Math.max(clockMs, ...admitted);
      const ok = limits.every((one) => countAt(nowMs, one.windowMs) < one.quota);
      if (ok) admitted = [...admitted, nowMs];
      const statuses = limits.map((one) => {
        const remaining = leftAt(nowMs, one);
        const gains = admitted
          .map((time) => time + one.windowMs - nowMs)
          .filter((inMs) => inMs > 0 && leftAt(nowMs + inMs, one) > remaining);
        return { limit: one, remaining, moreInMs: gains.length > 0 ? Math.min(...gains) : 0 };
      });
      return { admitted: ok, statuses };
    },
    clockIsNow(nowMs: number) {
      admitted = admitted.map((time) => Math.min(time, nowMs));
    },
  };
}

const SUSTAINED_MS = 10_000;
const quota = fc.integer({ min: 1, max: 30 });
const limitsArbitrary = fc.oneof(
  quota.map((most) => [limit(most, SUSTAINED_MS)]),
  fc
    .record({ most: quota, burst: quota, burstMs: fc.integer({ min: 1, max: SUSTAINED_MS }) })
    .map(({ most, burst, burstMs }) => [
      limit(most, SUSTAINED_MS),
      limit(burst, burstMs, "read-burst"),
    ]),
);
const stepArbitrary = fc.oneof(
  { weight: 20, arbitrary: fc.record({ type: fc.constant("arrive"), ms: fc.nat(900) }) },
  { weight: 8, arbitrary: fc.record({ type: fc.constant("arrive"), ms: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("arrive"), ms: fc.nat(20_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("evict"), ms: fc.nat(2_000) }) },
);
const roughStepArbitrary = fc.oneof(
  { weight: 20, arbitrary: stepArbitrary },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("back"), ms: fc.nat(15_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("change"), ms: fc.constant(0) }) },
);
const stepsOf = <Step>(step: fc.Arbitrary<Step>) =>
  fc.array(step, { minLength: 200, maxLength: 200, size: "max" });

describe("exact sliding window", () => {
  it("api.md 4: 60,000 arrivals: never more than the quota in any window, and as many as it allows", () => {
    fc.assert(
      fc.property(limitsArbitrary, stepsOf(stepArbitrary), (limits, steps) => {
        let [nowMs, window] = [T0, fresh()];
        const naive = naiveLog();
        for (const { type, ms } of steps) {
          nowMs += ms;
          if (type === "evict") {
            const known = naive.all().filter((time) => time > nowMs - SUSTAINED_MS);
            window = restoreWindow(known.toReversed(), nowMs);
          }
          expect(admitAt(window, limits, nowMs)).toEqual(naive.ask(nowMs, limits));
        }
        const times = naive.all();
        for (const { quota, windowMs } of limits) {
          const tooSoon = times.filter(
            (time, at) => (times[at + quota] ?? Infinity) < time + windowMs,
          );
          expect(tooSoon).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("api.md 4: 40,000 arrivals with clocks set back and limits changed on the way: as the naive log", () => {
    fc.assert(
      fc.property(
        fc.array(limitsArbitrary, { minLength: 4, maxLength: 4 }),
        stepsOf(roughStepArbitrary),
        (choices, steps) => {
          let [nowMs, window, choice] = [T0, fresh(), 0];
          const naive = naiveLog();
          for (const { type, ms } of steps) {
            if (type === "change") choice += 1;
            nowMs += type === "back" ? -ms : ms;
            if (type === "evict") {
              naive.clockIsNow(nowMs);
              window = restoreWindow(naive.all(), nowMs);
            }
            const limits = choices[choice % choices.length] ?? [];
            expect(admitAt(window, limits, nowMs)).toEqual(naive.ask(nowMs, limits));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("api.md 4: a refused request changes nothing", () => {
    const window = fresh();
    const limits = [limit(2, 1_000)];
    admitAt(window, limits, T0);
    admitAt(window, limits, T0 + 1);
    const before = [...window.timesMs];
    for (let inMs = 2; inMs < 1_000; inMs += 1) {
      expect(admitAt(window, limits, T0 + inMs).admitted).toBe(false);
    }
    expect(window.timesMs).toEqual(before);
    expect(admitAt(window, limits, T0 + 1_000).admitted).toBe(true);
  });

  it("api.md 4: a window is half open: with a quota of 1 the next comes exactly windowMs later", () => {
    const window = fresh();
    const limits = [limit(1, 1_000)];
    const admitted = [0, 999, 1_000, 1_999, 2_000].map(
      (inMs) => admitAt(window, limits, T0 + inMs).admitted,
    );
    expect(admitted).toEqual([true, false, true, false, true]);
  });

  it("api.md 4: of many in the same millisecond the quota is admitted, and again a window later", () => {
    const window = fresh();
    const limits = [limit(50, 10_000), limit(20, 1_000, "read-burst")];
    const admittedAt = (nowMs: number) =>
      Array.from({ length: 200 }, () => admitAt(window, limits, nowMs)).filter(
        (answer) => answer.admitted,
      ).length;
    expect([0, 1_000, 2_000, 3_000, 9_999, 10_000].map((inMs) => admittedAt(T0 + inMs))).toEqual([
      20, 20, 10, 0, 0, 20,
    ]);
  });

  it("api.md 4: a clock that is set back frees nothing", () => {
    const window = fresh();
    const limits = [limit(1, 1_000)];
    admitAt(window, limits, T0);
    expect(admitAt(window, limits, T0 - 3_600_000)).toMatchObject({
      admitted: false,
      statuses: [{ remaining: 0, moreInMs: 1_000 }],
    });
  });

  it("api.md 4: a full window of the largest quota stays small", () => {
    const window = fresh();
    const limits = [limit(10_000, 10_000)];
    for (let at = 0; at < 50_000; at += 1) admitAt(window, limits, T0 + at);
    expect(window.timesMs.length).toBeLessThan(11_100);
  });
});

describe("clients that obey", () => {
  const numbersOf = (field: string | undefined, name: string) =>
    [...(field ?? "").matchAll(new RegExp(`;${name}=(\\d+)`, "g"))].map(([, text]) => Number(text));
  const PAUSES = fc.array(fc.nat(700), { minLength: 60, maxLength: 60, size: "max" });

  /** What `RateLimit` tells: how many more may come, or how long to wait first. */
  function adviceOf({ statuses }: RateAnswer): { more: number; waitMs: number } {
    const fields = rateFields(statuses);
    const left = numbersOf(fields["ratelimit"], "r");
    const times = numbersOf(fields["ratelimit"], "t");
    const waits = times.filter((_, at) => left[at] === 0);
    return { more: Math.min(...left), waitMs: 1_000 * Math.max(0, ...waits) };
  }

  it("RAT-7: who sends at most r, and at r=0 waits t seconds first, is never refused", () => {
    fc.assert(
      fc.property(limitsArbitrary, PAUSES, (limits, pauses) => {
        let nowMs = T0;
        const window = fresh();
        let advice = { more: 1, waitMs: 0 };
        for (const pauseMs of pauses) {
          nowMs += advice.more === 0 ? advice.waitMs : pauseMs;
          let last: RateAnswer | undefined;
          // All that it was promised, without a look at the answers in between.
          for (let sent = 0; sent < Math.max(1, advice.more); sent += 1) {
            last = admitAt(window, limits, nowMs);
            expect(last.admitted).toBe(true);
          }
          if (last) advice = adviceOf(last);
        }
      }),
    );
  });

  it("RAT-4: who was refused and waits Retry-After is admitted", () => {
    fc.assert(
      fc.property(limitsArbitrary, PAUSES, (limits, pauses) => {
        let nowMs = T0;
        const window = fresh();
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          const answer = admitAt(window, limits, nowMs);
          if (answer.admitted) continue;
          nowMs += 1_000 * retryAfterSec(answer.statuses);
          expect(admitAt(window, limits, nowMs).admitted).toBe(true);
        }
      }),
    );
  });
});
