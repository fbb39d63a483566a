import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressStatus, type AddressWatch, noteExhausted, noteRefused } from "#door";

const T0 = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const A = "192.0.2.1";

/** So many refusals at `T0`. */
function refuse(watch: AddressWatch, times: number, address = A) {
  return Array.from({ length: times }, () => noteRefused(watch, address, T0));
}

describe("refused signatures of an address", () => {
  it("api.md 4: 600 in a minute are noted, the 601st is too many", () => {
    const watch: AddressWatch = new Map();
    const noted = refuse(watch, 602);
    expect(noted.map(({ blocked }) => blocked).indexOf(true)).toBe(600);
    expect(noted.map(({ status }) => status.remaining).slice(598)).toEqual([1, 0, 0, 0]);
    expect(addressStatus(watch, A, T0 + 1_000)).toEqual({
      limit: { name: "address", quota: 600, windowMs: MINUTE_MS },
      remaining: 0,
      moreInMs: 59_000,
    });
    expect(noteRefused(watch, A, T0 + MINUTE_MS - 1).blocked).toBe(true);
    expect(noteRefused(watch, A, T0 + MINUTE_MS).blocked).toBe(false);
  });

  it("api.md 4: never more than 600 in any minute, also across the edge of one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { minLength: 4_000, maxLength: 4_000, size: "max" }),
        (pauses) => {
          const watch: AddressWatch = new Map();
          let nowMs = T0;
          const passed: number[] = [];
          for (const pauseMs of pauses) {
            nowMs += pauseMs;
            if (!noteRefused(watch, A, nowMs).blocked) passed.push(nowMs);
          }
          const tooSoon = passed.filter(
            (time, at) => (passed[at + 600] ?? Infinity) < time + MINUTE_MS,
          );
          expect(tooSoon).toEqual([]);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("api.md 4: another address is another count, and asking counts nothing", () => {
    const watch: AddressWatch = new Map();
    refuse(watch, 601);
    expect(addressStatus(watch, "192.0.2.2", T0).remaining).toBe(600);
    expect(watch.size).toBe(1);
    expect(noteRefused(watch, "192.0.2.2", T0)).toMatchObject({
      blocked: false,
      status: { remaining: 599 },
    });
  });

  it("api.md 4: one in ten is reported, and none while the address is blocked", () => {
    const watch: AddressWatch = new Map();
    expect(refuse(watch, 700).filter(({ report }) => report)).toHaveLength(60);
  });

  it("api.md 4: what the place says counts for a minute", () => {
    const watch: AddressWatch = new Map();
    refuse(watch, 10);
    noteExhausted(watch, A, T0 + 5);
    expect(noteRefused(watch, A, T0 + 6).blocked).toBe(true);
    expect(addressStatus(watch, A, T0 + 6)).toMatchObject({ remaining: 0 });
    expect(noteRefused(watch, A, T0 + 5 + MINUTE_MS).blocked).toBe(false);
  });

  it("api.md 4: 10,000 addresses at most are known; the one that was quiet longest goes first", () => {
    const watch: AddressWatch = new Map();
    refuse(watch, 601, "first");
    refuse(watch, 601, "second");
    noteRefused(watch, "first", T0 + 1);
    for (let at = 0; at < 9_999; at += 1) noteRefused(watch, `10.${at}`, T0 + 2);
    expect(watch.size).toBe(10_000);
    expect(addressStatus(watch, "first", T0 + 2).remaining).toBe(0);
    expect(addressStatus(watch, "second", T0 + 2).remaining).toBe(600);
  });

  it("style.md 1.6: addresses that have been quiet for a minute take no memory", () => {
    const watch: AddressWatch = new Map();
    for (let at = 0; at < 500; at += 1) noteRefused(watch, `10.${at}`, T0);
    noteRefused(watch, A, T0 + MINUTE_MS);
    expect([...watch.keys()]).toEqual([A]);
  });
});
