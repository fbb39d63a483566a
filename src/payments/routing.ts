/** Which providers may be given a payment, and in which order. Pure. */
import type { AmountPaisa } from "#base";
import { PROVIDER_NAMES, type ProviderName } from "./model.ts";

/** A merchant's routing rule; without one PhonePe comes first and the backup stands in. */
export interface RoutingRule {
  /** Amounts that have a first choice of their own; the first band that fits counts. Both ends are inside. */
  readonly bands: readonly {
    readonly fromPaisa: number;
    readonly toPaisa: number;
    readonly provider: ProviderName;
  }[];
  /** Shares of the payments that no band takes, e.g. 90 and 10. */
  readonly weights: Readonly<Partial<Record<ProviderName, number>>>;
  /** The first choice where neither bands nor weights say one. */
  readonly primary: ProviderName;
  /** Whether another provider may stand in when the first one provably has no order. */
  readonly failover: boolean;
}

export const DEFAULT_ROUTING: RoutingRule = {
  bands: [],
  weights: {},
  primary: "phonepe",
  failover: true,
};

export interface RouteRequest {
  readonly rule: RoutingRule;
  /** Providers that the merchant has credentials for. */
  readonly configured: ReadonlySet<ProviderName>;
  readonly amountPaisa: AmountPaisa;
  readonly preferred: ProviderName | undefined;
  /** 0 to 1: picks by weight. */
  readonly random: number;
}

/** The route, never empty: a wish, a band, a weight or the primary first, then those who may stand in. */
export function routeOf({
  rule,
  configured,
  amountPaisa,
  preferred,
  random,
}: RouteRequest): [ProviderName, ...ProviderName[]] {
  const band = rule.bands.find(
    ({ fromPaisa, toPaisa }) => fromPaisa <= amountPaisa && amountPaisa <= toPaisa,
  );
  const wishes = [preferred, band?.provider, weighted(rule, configured, random), rule.primary];
  const order = [...wishes, ...PROVIDER_NAMES].filter(
    (name) => name !== undefined && configured.has(name),
  );
  const route = [...new Set(order)].filter((name) => name !== undefined);
  // Without any credentials the client itself says that nothing was sent.
  const [first = rule.primary, ...others] = route;
  return rule.failover ? [first, ...others] : [first];
}

function weighted(
  { weights }: RoutingRule,
  configured: ReadonlySet<ProviderName>,
  random: number,
): ProviderName | undefined {
  const shares = PROVIDER_NAMES.filter((name) => configured.has(name)).map(
    (name) => [name, Math.max(0, weights[name] ?? 0)] as const,
  );
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  let left = random * sum;
  for (const [name, share] of shares) {
    left -= share;
    if (share > 0 && left < 0) return name;
  }
  return undefined;
}
