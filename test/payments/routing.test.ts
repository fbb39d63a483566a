import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amountPaisa } from "#base";
import { DEFAULT_ROUTING, routeOf, type RoutingRule } from "#payments";
import { PROVIDER_NAMES, type ProviderName } from "../../src/payments/model.ts";

const BOTH = new Set<ProviderName>(PROVIDER_NAMES);

const route = (
  rule: Partial<RoutingRule> = {},
  more: {
    configured?: ProviderName[];
    preferred?: ProviderName;
    paisa?: number;
    random?: number;
  } = {},
) =>
  routeOf({
    rule: { ...DEFAULT_ROUTING, ...rule },
    configured: more.configured ? new Set(more.configured) : BOTH,
    amountPaisa: amountPaisa(more.paisa ?? 49_900),
    preferred: more.preferred,
    random: more.random ?? 0.5,
  });

describe("routeOf", () => {
  it("api.md 4: PhonePe first, the backup stands in", () => {
    expect(route()).toEqual(["phonepe", "razorpay"]);
  });

  it("api.md 4: a provider without credentials is never on the route", () => {
    expect(route({}, { configured: ["phonepe"], preferred: "razorpay" })).toEqual(["phonepe"]);
    expect(route({ primary: "phonepe" }, { configured: ["razorpay"] })).toEqual(["razorpay"]);
  });

  it("api.md 4: preferredProvider goes before every rule", () => {
    const bands = [{ fromPaisa: 0, toPaisa: 10_000_000, provider: "phonepe" as const }];
    expect(route({ bands }, { preferred: "razorpay" })).toEqual(["razorpay", "phonepe"]);
  });

  it.each([
    [99_999, "phonepe"],
    [100_000, "razorpay"],
    [200_000, "razorpay"],
    [200_001, "phonepe"],
  ] as const)(
    "an amount of %i paisa goes to %s: both ends of a band are inside",
    (paisa, first) => {
      const bands = [{ fromPaisa: 100_000, toPaisa: 200_000, provider: "razorpay" as const }];
      expect(route({ bands }, { paisa })[0]).toBe(first);
    },
  );

  it.each([
    [0, "phonepe"],
    [0.89, "phonepe"],
    [0.91, "razorpay"],
    [0.999, "razorpay"],
  ] as const)("weights of 90 and 10: the draw %f goes to %s", (random, first) => {
    expect(route({ weights: { phonepe: 90, razorpay: 10 } }, { random })[0]).toBe(first);
  });

  it("without failover the route has one provider", () => {
    expect(route({ failover: false })).toEqual(["phonepe"]);
  });

  it("the route is never empty and names nobody twice", () => {
    const provider = fc.constantFrom(...PROVIDER_NAMES);
    const rule = fc.record({
      bands: fc.array(fc.record({ fromPaisa: fc.nat(), toPaisa: fc.nat(), provider })),
      weights: fc.record({ phonepe: fc.nat(100), razorpay: fc.nat(100) }, { requiredKeys: [] }),
      primary: provider,
      failover: fc.boolean(),
    });
    fc.assert(
      fc.property(
        rule,
        fc.subarray([...PROVIDER_NAMES]),
        fc.record({
          preferred: fc.option(provider, { nil: undefined }),
          random: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        }),
        (given, configured, { preferred, random }) => {
          const result = routeOf({
            rule: given,
            configured: new Set(configured),
            amountPaisa: amountPaisa(100),
            preferred,
            random,
          });
          expect(result.length).toBeGreaterThan(0);
          expect(new Set(result).size).toBe(result.length);
          const strangers = result.filter((name) => !configured.includes(name));
          expect(strangers).toEqual(configured.length > 0 ? [] : [given.primary]);
        },
      ),
    );
  });
});
