import { describe, expect, it } from "vitest";
import {
  emptyProfile,
  hitRules,
  noteOutcome,
  observe,
  type ProfileEvent,
  REASON_CODES,
  RULE_DEFAULTS,
  type RuleFacts,
  type RuleId,
  ruleSettings,
  type Views,
} from "#risk";
import { HOUR_MS, MINUTE_MS, NOON_MS, outcomeOf, payment } from "./profile-events.ts";

const ids = (facts: Partial<RuleFacts>, settings = RULE_DEFAULTS): readonly RuleId[] =>
  hitRules(settings, { atMs: NOON_MS, amountPaisa: 50_000, views: {}, ...facts }).map(
    ({ id }) => id,
  );

/** What a key knows after payments, the last of which is judged. */
function viewsOf(kind: "customer" | "device" | "network", events: readonly ProfileEvent[]): Views {
  const profile = emptyProfile(kind, NOON_MS);
  return Object.fromEntries(events.map((event) => [kind, observe(profile, event)]));
}

const many = (count: number, stepMs: number, more: (at: number) => Partial<ProfileEvent>) =>
  Array.from({ length: count }, (_, at) => payment(at, NOON_MS + at * stepMs, more(at)));

/** A key with so many declines in as many minutes. */
function declined(kind: "customer" | "device" | "network", count: number, stepMs: number): Views {
  const profile = emptyProfile(kind, NOON_MS);
  for (const event of many(count, stepMs, () => ({}))) {
    observe(profile, event);
    noteOutcome(profile, outcomeOf(event, "declined"));
  }
  return { [kind]: observe(profile, payment(9_999, NOON_MS + count * stepMs + MINUTE_MS)) };
}

const [few, spread] = [10_000, 5 * MINUTE_MS];
const HITS: Record<RuleId, readonly [hit: Partial<RuleFacts>, near: Partial<RuleFacts>]> = {
  new_device: [
    {
      views: viewsOf(
        "customer",
        many(4, HOUR_MS, (at) => ({ device: at === 3 ? 2 : 1 })),
      ),
    },
    {
      views: viewsOf(
        "customer",
        many(3, HOUR_MS, (at) => ({ device: at === 2 ? 2 : 1 })),
      ),
    },
  ],
  new_network: [
    {
      views: viewsOf(
        "customer",
        many(4, HOUR_MS, (at) => ({ network: at === 3 ? 2 : 1 })),
      ),
    },
    {
      views: viewsOf(
        "customer",
        many(4, HOUR_MS, () => ({ network: 1 })),
      ),
    },
  ],
  device_customers_1h: [
    {
      views: viewsOf(
        "device",
        many(4, MINUTE_MS, (customer) => ({ customer })),
      ),
    },
    {
      views: viewsOf(
        "device",
        many(4, HOUR_MS, (customer) => ({ customer })),
      ),
    },
  ],
  device_customers_1d: [
    {
      views: viewsOf(
        "device",
        many(8, HOUR_MS, (customer) => ({ customer })),
      ),
    },
    {
      views: viewsOf(
        "device",
        many(8, HOUR_MS, (at) => ({ customer: at % 7 })),
      ),
    },
  ],
  network_customers_1h: [
    {
      views: viewsOf(
        "network",
        many(30, MINUTE_MS, (customer) => ({ customer })),
      ),
    },
    {
      views: viewsOf(
        "network",
        many(30, HOUR_MS / 2, (customer) => ({ customer })),
      ),
    },
  ],
  network_customers_1d: [
    {
      views: viewsOf(
        "network",
        many(60, spread, (customer) => ({ customer })),
      ),
    },
    {
      views: viewsOf(
        "network",
        many(59, spread, (customer) => ({ customer })),
      ),
    },
  ],
  customer_declines_10m: [
    { views: declined("customer", 3, few) },
    { views: declined("customer", 2, few) },
  ],
  customer_declines_1h: [
    { views: declined("customer", 6, spread) },
    { views: declined("customer", 5, spread) },
  ],
  device_declines_10m: [
    { views: declined("device", 4, few) },
    { views: declined("device", 3, few) },
  ],
  device_declines_1h: [
    { views: declined("device", 8, spread) },
    { views: declined("device", 7, spread) },
  ],
  network_declines_10m: [
    { views: declined("network", 15, few) },
    { views: declined("network", 14, few) },
  ],
  network_declines_1h: [
    { views: declined("network", 40, MINUTE_MS) },
    { views: declined("network", 39, MINUTE_MS) },
  ],
  country_mismatch: [
    { customerCountry: "IN", networkCountry: "NL" },
    { customerCountry: "IN", networkCountry: "in" },
  ],
  enumeration: [
    {
      amountPaisa: 100,
      views: viewsOf(
        "device",
        many(10, few, () => ({})),
      ),
    },
    {
      amountPaisa: 10_001,
      views: viewsOf(
        "device",
        many(10, few, () => ({})),
      ),
    },
  ],
  customer_blocked: [{ listed: { customerBlocked: true } }, { listed: { customerBlocked: false } }],
  device_blocked: [{ listed: { deviceBlocked: true } }, { listed: {} }],
  network_blocked: [{ listed: { networkBlocked: true } }, {}],
  customer_allowed: [{ listed: { customerAllowed: true } }, {}],
};

describe("rules", () => {
  it.each(Object.entries(HITS))("%s is hit at its threshold", (id, [hit]) => {
    expect(ids(hit)).toContain(id);
  });

  it.each(Object.entries(HITS))("%s is not hit short of it", (id, [, near]) => {
    expect(ids(near)).not.toContain(id);
  });

  it("nothing is hit when no key answers", () => {
    expect(ids({ amountPaisa: 100 })).toEqual([]);
  });

  it("configuration overrides a rule by its id", () => {
    const off = { id: "country_mismatch", threshold: 1, weight: 15, enabled: false } as const;
    const settings = ruleSettings([off]);
    expect(settings).toHaveLength(RULE_DEFAULTS.length);
    expect(ids({ customerCountry: "IN", networkCountry: "NL" }, settings)).toEqual([]);
  });

  it("a hit tells a code that merchants know", () => {
    const [hit] = hitRules(RULE_DEFAULTS, {
      atMs: NOON_MS,
      amountPaisa: 1,
      views: {},
      listed: { customerBlocked: true },
    });
    expect(hit).toMatchObject({ id: "customer_blocked", value: 1, weight: 100 });
    expect(REASON_CODES).toContain(hit?.code);
  });
});
