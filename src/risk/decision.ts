/** Whether a payment may go to a provider, pure. Rules so far: the merchant's own list of blocked customers. */

export interface RiskConfig {
  readonly mode: "off" | "shadow" | "enforce";
  readonly blockCustomers: readonly string[];
}

export interface RiskInput {
  readonly customerId: string | undefined;
}

export interface RiskDecision {
  /** 0 (no sign of fraud) to 100. */
  readonly score: number;
  readonly decision: "allow" | "review" | "block";
  readonly reasons: readonly string[];
}

const SCORE_MAX = 100;

/** In `shadow` the score and its reasons are told and nothing is refused; in `off` nothing is looked at. */
export function decideRisk(config: RiskConfig, input: RiskInput): RiskDecision {
  const blocked =
    config.mode !== "off" &&
    input.customerId !== undefined &&
    config.blockCustomers.includes(input.customerId);
  if (!blocked) return { score: 0, decision: "allow", reasons: [] };
  return {
    score: SCORE_MAX,
    decision: config.mode === "enforce" ? "block" : "allow",
    reasons: ["customer_blocked"],
  };
}
