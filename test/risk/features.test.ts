import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyProfile, FEATURES, featuresOf, noteOutcome, observe } from "#risk";
import { HOUR_MS, histories, NOON_MS, payment } from "./profile-events.ts";

const named = (values: Float64Array) =>
  new Map(FEATURES.map(({ name }, at) => [name, values[at] ?? Number.NaN]));

describe("features", () => {
  it("have each a name of their own", () => {
    expect(new Set(FEATURES.map(({ name }) => name)).size).toBe(FEATURES.length);
  });

  it("of a key that does not answer are missing, those of the others are not", () => {
    const event = payment(1, NOON_MS);
    const customer = observe(emptyProfile("customer", NOON_MS), event);
    const values = named(featuresOf(event, { customer }));
    for (const { name } of FEATURES.filter(({ of }) => of !== "customer" && of !== "payment")) {
      expect({ name, value: values.get(name) }).toEqual({ name, value: Number.NaN });
    }
    expect(values.get("customer_payments_1d")).toBe(1);
    expect(values.get("amount")).toBe(100);
  });

  it.each([
    [NOON_MS, 0, { weekend: 1, night: 0, hour: 12 }],
    [NOON_MS - 6 * HOUR_MS, 0, { weekend: 1, night: 1, hour: 6 }],
    [NOON_MS - 5 * HOUR_MS, 0, { weekend: 1, night: 0, hour: 7 }],
    [NOON_MS + 12 * HOUR_MS, 0, { weekend: 0, night: 1, hour: 0 }],
    [NOON_MS + 9 * HOUR_MS, 330, { weekend: 0, night: 1, hour: 2.5 }],
  ])(
    "night and weekend are those of the place (%i, %i minutes)",
    (atMs, utcOffsetMinutes, want) => {
      const values = named(featuresOf({ atMs, amountPaisa: 1, utcOffsetMinutes }, {}));
      expect(Object.fromEntries(values)).toMatchObject(want);
    },
  );

  it("are never infinite, whatever the history", () => {
    fc.assert(
      fc.property(histories, (history) => {
        const customerProfile = emptyProfile("customer", NOON_MS);
        const merchantProfile = emptyProfile("merchant", NOON_MS);
        for (const { event, outcome } of history) {
          const customer = observe(customerProfile, event);
          const merchant = observe(merchantProfile, event);
          if (outcome) noteOutcome(merchantProfile, outcome);
          for (const value of featuresOf(event, { customer, merchant })) {
            expect(Number.isFinite(value) || Number.isNaN(value)).toBe(true);
          }
        }
      }),
    );
  });
});
