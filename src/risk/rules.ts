/**
 * Rules over what the keys know: velocity and consistency. A rule measures one number and is hit when that reaches its
 * threshold; the table of defaults is data that configuration may override, rule by rule.
 */
import { RULE_IDS } from "#base";
import type { PaymentFacts, Views } from "./features.ts";
import type { KeyView } from "./key-view.ts";
import type { ReasonCode } from "./reason-codes.ts";

export type RuleId = (typeof RULE_IDS)[number];

/** What configuration may change. `weight` is how many points of the score a hit is worth; 100 decides alone. */
export interface RuleSetting {
  readonly id: RuleId;
  readonly threshold: number;
  readonly weight: number;
  readonly enabled: boolean;
}

/** Everything a rule may look at. Countries are two letters as the caller knows them, lists are looked up by the caller. */
export interface RuleFacts extends PaymentFacts {
  readonly views: Views;
  readonly customerCountry?: string | undefined;
  readonly networkCountry?: string | undefined;
  readonly listed?: {
    readonly customerBlocked?: boolean;
    readonly deviceBlocked?: boolean;
    readonly networkBlocked?: boolean;
    readonly customerAllowed?: boolean;
  };
}

export interface RuleHit {
  readonly id: RuleId;
  readonly code: ReasonCode;
  /** What was measured; not below the threshold. */
  readonly value: number;
  readonly weight: number;
}

interface Rule {
  readonly code: ReasonCode;
  readonly threshold: number;
  readonly weight: number;
  /** NaN when it cannot be known: then the rule is not hit. */
  readonly measure: (facts: RuleFacts) => number;
}

/** A customer is known, so that a new device or network says something, after this many payments. */
const KNOWN_PAYMENTS = 3;
/** Cards are tried out with amounts up to this. */
const SMALL_PAISA = 10_000;

const from =
  (kind: "customer" | "device" | "network", read: (view: KeyView) => number) =>
  ({ views }: RuleFacts): number => {
    const view = views[kind];
    return view === undefined ? Number.NaN : read(view);
  };

const whenKnown = (read: (view: KeyView) => number): Rule["measure"] =>
  from("customer", (view) => (view.amountsBefore >= KNOWN_PAYMENTS ? read(view) : Number.NaN));

/** A row: code, threshold, weight, measure. */
const rule = (
  code: ReasonCode,
  [threshold, weight]: readonly [number, number],
  measure: Rule["measure"],
): Rule => ({ code, threshold, weight, measure });

const RULES: Readonly<Record<RuleId, Rule>> = {
  new_device: rule(
    "device_new_to_customer",
    [1, 10],
    whenKnown((view) => view.newDevice),
  ),
  new_network: rule(
    "network_new_to_customer",
    [1, 5],
    whenKnown((view) => view.newNetwork),
  ),
  device_customers_1h: rule(
    "device_many_customers",
    [4, 30],
    from("device", (v) => v.customers1h),
  ),
  device_customers_1d: rule(
    "device_many_customers",
    [8, 30],
    from("device", (v) => v.customers1d),
  ),
  // Hundreds share one address of a mobile carrier: only very many at once say something, and little.
  network_customers_1h: rule(
    "network_many_customers",
    [30, 10],
    from("network", (v) => v.customers1h),
  ),
  network_customers_1d: rule(
    "network_many_customers",
    [60, 10],
    from("network", (v) => v.customers1d),
  ),
  customer_declines_10m: rule(
    "customer_declines",
    [3, 25],
    from("customer", (v) => v.declines10m),
  ),
  customer_declines_1h: rule(
    "customer_declines",
    [6, 25],
    from("customer", (v) => v.declines1h),
  ),
  device_declines_10m: rule(
    "device_declines",
    [4, 30],
    from("device", (v) => v.declines10m),
  ),
  device_declines_1h: rule(
    "device_declines",
    [8, 30],
    from("device", (v) => v.declines1h),
  ),
  network_declines_10m: rule(
    "network_declines",
    [15, 15],
    from("network", (v) => v.declines10m),
  ),
  network_declines_1h: rule(
    "network_declines",
    [40, 15],
    from("network", (v) => v.declines1h),
  ),
  country_mismatch: rule("country_mismatch", [1, 15], countriesDiffer),
  enumeration: rule("amount_small_repeated", [10, 40], smallInARow),
  customer_blocked: rule("customer_blocked", [1, 100], (f) => Number(f.listed?.customerBlocked)),
  device_blocked: rule("device_blocked", [1, 100], (f) => Number(f.listed?.deviceBlocked)),
  network_blocked: rule("network_blocked", [1, 100], (f) => Number(f.listed?.networkBlocked)),
  customer_allowed: rule("customer_allowed", [1, -100], (f) => Number(f.listed?.customerAllowed)),
};

export const RULE_DEFAULTS: readonly RuleSetting[] = RULE_IDS.map((id) => {
  const { threshold, weight } = RULES[id];
  return { id, threshold, weight, enabled: true };
});

/** The defaults with what the configuration sets instead. */
export function ruleSettings(overrides: readonly RuleSetting[]): readonly RuleSetting[] {
  const byId = new Map(overrides.map((setting) => [setting.id, setting]));
  return RULE_DEFAULTS.map((setting) => byId.get(setting.id) ?? setting);
}

/** In the order of the table. */
export function hitRules(settings: readonly RuleSetting[], facts: RuleFacts): readonly RuleHit[] {
  return settings.flatMap(({ id, threshold, weight, enabled }) => {
    const { code, measure } = RULES[id];
    const value = enabled ? measure(facts) : Number.NaN;
    return value >= threshold ? [{ id, code, value, weight }] : [];
  });
}

function countriesDiffer({ customerCountry, networkCountry }: RuleFacts): number {
  if (customerCountry === undefined || networkCountry === undefined) return Number.NaN;
  return Number(customerCountry.toUpperCase() !== networkCountry.toUpperCase());
}

/** Small payments of one device (or of one network, without a device) within ten minutes: cards are tried out. */
function smallInARow({ amountPaisa, views }: RuleFacts): number {
  if (amountPaisa > SMALL_PAISA) return 0;
  const view = views.device ?? views.network;
  return view === undefined ? Number.NaN : view.payments10m;
}
