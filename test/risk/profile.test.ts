import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeProfile,
  emptyProfile,
  encodeProfile,
  isForgotten,
  type KeyKind,
  noteOutcome,
  observe,
  type Profile,
  type ProfileEvent,
} from "#risk";
import {
  DAY_MS,
  hashes,
  histories,
  HOUR_MS,
  KINDS,
  MINUTE_MS,
  NOON_MS,
  outcomeOf,
  payment,
} from "./profile-events.ts";

const viewAfter = (profile: Profile, atMs: number, more?: Partial<ProfileEvent>) =>
  observe(profile, payment(999_999, atMs, more));

type History = ReturnType<typeof histories.generate>["value"];

function replay(profile: Profile, history: History): Profile {
  for (const { event, outcome } of history) {
    observe(profile, event);
    if (outcome) noteOutcome(profile, outcome);
  }
  return profile;
}

describe("a profile's windows", () => {
  it("the first payment knows itself only", () => {
    const view = observe(emptyProfile("customer", NOON_MS), payment(1, NOON_MS, { device: 7 }));
    expect(view).toMatchObject({ payments1h: 1, payments30d: 1, paisa1d: 10_000, newDevice: 1 });
    expect(view).toMatchObject({ meanPaisaBefore: Number.NaN, sinceLastMs: Number.NaN });
  });

  it("a window is open at its old end, exact at the exact grain", () => {
    const profile = emptyProfile("customer", NOON_MS, "exact");
    observe(profile, payment(1, NOON_MS));
    observe(profile, payment(2, NOON_MS + 1));
    expect(viewAfter(profile, NOON_MS + DAY_MS).payments1d).toBe(2);
  });

  it("a payment up to an hour late is counted in its own bucket", () => {
    const profile = emptyProfile("network", NOON_MS);
    observe(profile, payment(1, NOON_MS + HOUR_MS));
    observe(profile, payment(2, NOON_MS));
    expect(viewAfter(profile, NOON_MS + 5 * MINUTE_MS).payments10m).toBe(2);
    expect(viewAfter(profile, NOON_MS + HOUR_MS + MINUTE_MS).payments1d).toBe(3);
  });

  it("late payments leave the same knowledge in every order", () => {
    const times = fc.array(fc.integer({ min: 0, max: HOUR_MS }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(times, fc.constantFrom(...KINDS), (spread, kind) => {
        const events = spread.map((offset, at) =>
          payment(at + 1, NOON_MS + offset, { customer: at % 5, merchant: at % 7 }),
        );
        const known = (order: readonly ProfileEvent[]) => {
          const profile = emptyProfile(kind, NOON_MS);
          for (const event of order) observe(profile, event);
          const view = viewAfter(profile, NOON_MS + 2 * HOUR_MS);
          const { meanPaisaBefore, deviationPaisaBefore, ...exact } = view;
          return { exact, close: [meanPaisaBefore, deviationPaisaBefore] };
        };
        const sorted = known(events.toSorted((a, b) => a.atMs - b.atMs));
        const shuffled = known(events);
        expect(shuffled.exact).toEqual(sorted.exact);
        for (const [at, value] of shuffled.close.entries()) {
          expect(value).toBeCloseTo(sorted.close[at] ?? 0, 6);
        }
      }),
    );
  });

  it("60 days without a payment forget everything", () => {
    const profile = emptyProfile("customer", NOON_MS);
    observe(profile, payment(1, NOON_MS, { device: 7 }));
    expect(isForgotten(profile, NOON_MS + 60 * DAY_MS - 1)).toBe(false);
    expect(isForgotten(profile, NOON_MS + 60 * DAY_MS)).toBe(true);
    const atMs = NOON_MS + 60 * DAY_MS;
    expect(viewAfter(profile, atMs, { device: 7 })).toEqual(
      viewAfter(emptyProfile("customer", atMs), atMs, { device: 7 }),
    );
  });

  it("members beyond the bound push out the one that was quiet longest", () => {
    const profile = emptyProfile("device", NOON_MS);
    for (let customer = 0; customer < 200; customer += 1) {
      observe(profile, payment(customer, NOON_MS + customer, { customer }));
    }
    expect(viewAfter(profile, NOON_MS + 200).customers1h).toBe(64);
    expect(profile.members.customers).toContain(199);
    expect(profile.members.customers).not.toContain(1);
  });
});

describe("a profile's repeats", () => {
  it.each(KINDS)("a repeated payment or outcome counts once (%s)", (kind) => {
    fc.assert(
      fc.property(histories, (history) => {
        const once = replay(emptyProfile(kind, NOON_MS), history);
        const bytes = encodeProfile(once);
        for (const { event, outcome } of history) {
          observe(once, event);
          if (outcome?.kind === "declined" || outcome?.kind === "fraud") noteOutcome(once, outcome);
        }
        expect(encodeProfile(once)).toEqual(bytes);
      }),
    );
  });

  it("the same events make the same bytes, stored after every one or never", () => {
    fc.assert(
      fc.property(histories, fc.constantFrom(...KINDS), (history, kind) => {
        const kept = replay(emptyProfile(kind, NOON_MS), history);
        let stored = encodeProfile(emptyProfile(kind, NOON_MS));
        for (const step of history) stored = encodeProfile(replay(decoded(stored), [step]));
        expect(stored).toEqual(encodeProfile(kept));
      }),
    );
  });
});

describe("a profile's labels", () => {
  const told = (kind: KeyKind) => {
    const profile = emptyProfile(kind, NOON_MS);
    const event = payment(1, NOON_MS);
    observe(profile, event);
    noteOutcome(profile, outcomeOf(event, "fraud"));
    return profile;
  };

  it("a fraud is seen when its payment is 7 days old, and its bucket with it", () => {
    const seen = (afterMs: number) => viewAfter(told("merchant"), NOON_MS + afterMs).frauds7d;
    expect(seen(7 * DAY_MS - 1)).toBe(0);
    expect(seen(7 * DAY_MS + 6 * HOUR_MS)).toBe(1);
  });

  it("no label of a payment younger than 7 days changes what a key knows", () => {
    fc.assert(
      fc.property(histories, fc.constantFrom(...KINDS), (history, kind) => {
        const lastMs = history.at(-1)?.event.atMs ?? NOON_MS;
        const known = (flip: boolean) => {
          const profile = emptyProfile(kind, NOON_MS);
          for (const { event, outcome } of history) {
            observe(profile, event);
            const isYoung = lastMs - event.atMs < 7 * DAY_MS;
            const isFraud = outcome?.kind === "fraud";
            if (isFraud !== (flip && isYoung)) noteOutcome(profile, outcomeOf(event, "fraud"));
          }
          return viewAfter(profile, lastMs);
        };
        expect(known(true)).toEqual(known(false));
      }),
    );
  });

  it("a dispute that was won takes the fraud back", () => {
    const profile = told("customer");
    noteOutcome(profile, outcomeOf(payment(1, NOON_MS), "legit"));
    noteOutcome(profile, outcomeOf(payment(2, NOON_MS), "legit"));
    expect(viewAfter(profile, NOON_MS + 8 * DAY_MS).frauds28d).toBe(0);
  });

  it("declines are seen at once, for an hour", () => {
    const profile = emptyProfile("device", NOON_MS);
    const event = payment(1, NOON_MS);
    observe(profile, event);
    noteOutcome(profile, outcomeOf(event, "declined"));
    noteOutcome(profile, outcomeOf(event, "refunded"));
    expect(viewAfter(profile, NOON_MS + 5 * MINUTE_MS)).toMatchObject({
      declines10m: 1,
      declines1h: 1,
    });
    expect(observe(profile, payment(3, NOON_MS + 30 * MINUTE_MS))).toMatchObject({
      declines10m: 0,
      declines1h: 1,
    });
  });
});

describe("a stored profile", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(histories, fc.constantFrom(...KINDS), (history, kind) => {
        const profile = replay(emptyProfile(kind, NOON_MS), history);
        expect(decoded(encodeProfile(profile))).toEqual(profile);
      }),
    );
  });

  it("is refused when it is cut, longer, or of another version", () => {
    const profile = emptyProfile("customer", NOON_MS);
    for (let at = 0; at < 20; at += 1) observe(profile, payment(at, NOON_MS, { device: at }));
    const bytes = encodeProfile(profile);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeProfile(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeProfile(Uint8Array.of(...bytes, 0))).toBeUndefined();
    expect(decodeProfile(Uint8Array.of(2, ...bytes.subarray(1)))).toBeUndefined();
  });

  it("whatever the bytes are, decoding them does not throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const profile = decodeProfile(Uint8Array.of(1, ...bytes));
        const view = profile && observe(profile, payment(1, profile.lastAtMs));
        expect(view?.payments1h).not.toBe(0);
      }),
    );
  });

  it.each(KINDS)("of the busiest %s takes less than 6 kB", (kind) => {
    const profile = emptyProfile(kind, NOON_MS);
    const stepMs = 3 * MINUTE_MS;
    for (let at = 0; at < (40 * DAY_MS) / stepMs; at += 1) {
      const members = { customer: at, device: at, network: at, merchant: at };
      observe(profile, payment(at, NOON_MS + at * stepMs, { amountPaisa: 99_999_999, ...members }));
      if (at % 20 === 0)
        noteOutcome(profile, outcomeOf(payment(at, NOON_MS + at * stepMs), "fraud"));
    }
    expect(encodeProfile(profile).length).toBeLessThan(6_000);
  });

  it("any hash of 32 bits may be a member", () => {
    fc.assert(
      fc.property(hashes, (hash) => {
        const profile = emptyProfile("device", NOON_MS);
        observe(profile, payment(hash, NOON_MS, { customer: hash }));
        expect(decoded(encodeProfile(profile))).toEqual(profile);
      }),
    );
  });
});

function decoded(bytes: Uint8Array): Profile {
  const profile = decodeProfile(bytes);
  if (!profile) throw new Error("The profile must be readable.");
  return profile;
}
