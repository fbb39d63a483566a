/**
 * Whether a payment may go to a provider, pure. The probability of fraud comes from the model, the rules and the
 * surprise, each of which may be absent; the decision is the cheapest of the three at that probability.
 */
import type { ModelScore } from "./model.ts";
import { type Contribution, type ReasonCode, strongest } from "./reason-codes.ts";
import type { RuleHit } from "./rules.ts";
import type { Surprise } from "./label-free.ts";

export type RiskMode = "off" | "shadow" | "enforce";

export interface RiskDecision {
  /** 0 (no sign of fraud) to 100. */
  readonly score: number;
  readonly decision: "allow" | "review" | "block";
  readonly reasons: readonly string[];
}

/** What a decision costs, in paisa and shares of the amount. */
export interface RiskCosts {
  /** Of a review: somebody looks, or the payer waits. */
  readonly reviewPaisa: number;
  /** Of the frauds, how many a review lets through all the same. */
  readonly reviewMissesShare: number;
  /** Of a good payment that is blocked: what a good customer's anger costs, and the margin on the amount. */
  readonly blockPaisa: number;
  readonly blockAmountShare: number;
}

export interface Evidence {
  readonly amountPaisa: number;
  readonly model?: ModelScore | undefined;
  readonly rules: readonly RuleHit[];
  readonly surprise?: Surprise | undefined;
}

export interface RiskAssessment extends RiskDecision {
  /** What it would be in `enforce`. */
  readonly advice: RiskDecision["decision"];
  /** At most five, the strongest first, in points of the score; what is missing to the score is not told. */
  readonly contributions: readonly Contribution[];
}

export const RISK_COSTS: RiskCosts = {
  reviewPaisa: 5_000,
  reviewMissesShare: 0.3,
  blockPaisa: 20_000,
  blockAmountShare: 0.2,
};

const SCORE_MAX = 100;
/** A weight that decides alone, whatever else is known. */
const CERTAIN = 100;
/** How many points the most surprising payments of a merchant get, by their percentile. */
const SURPRISE_POINTS: readonly (readonly [percentile: number, points: number])[] = [
  [0.999, 20],
  [0.99, 10],
];

/**
 * In `shadow` the score and its reasons are told and nothing is refused; in `off` nothing is looked at. Weights of
 * rules add up as independent signs do: two of 50 make 75.
 */
export function assessRisk(
  mode: RiskMode,
  evidence: Evidence,
  costs: RiskCosts = RISK_COSTS,
): RiskAssessment {
  if (mode === "off") return NOTHING;
  const { points, contributions } = pointsOf(evidence);
  const told = strongest(contributions);
  const advice = cheapest(points / SCORE_MAX, evidence.amountPaisa, costs);
  return {
    score: Math.round(points),
    decision: mode === "enforce" ? advice : "allow",
    advice,
    reasons: told.map(({ code }) => code),
    contributions: told,
  };
}

const NOTHING: RiskAssessment = {
  score: 0,
  decision: "allow",
  advice: "allow",
  reasons: [],
  contributions: [],
};

function pointsOf(evidence: Evidence): { points: number; contributions: readonly Contribution[] } {
  const sums = new Map<ReasonCode, number>();
  let rest = 1;
  const add = (share: number, parts: readonly Contribution[]) => {
    const points = SCORE_MAX * rest * share;
    rest *= 1 - share;
    const whole = parts.reduce((sum, { contribution }) => sum + contribution, 0);
    for (const { code, contribution } of parts) {
      sums.set(code, (sums.get(code) ?? 0) + (points * contribution) / whole);
    }
  };
  const { model, surprise, rules } = evidence;
  if (model) add(model.probability, model.reasons);
  if (surprise) add(surprisePoints(surprise) / SCORE_MAX, surprise.reasons);
  for (const { code, weight } of rules) {
    if (weight > 0) add(Math.min(weight, CERTAIN) / CERTAIN, [{ code, contribution: 1 }]);
  }
  const trust = rules.reduce((share, { weight }) => share * trustOf(weight), 1);
  // A list that blocks is stronger than one that allows.
  const isCertain = rules.some(({ weight }) => weight >= CERTAIN);
  const scale = isCertain ? 1 : trust;
  const contributions = Array.from(sums, ([code, points]) => ({
    code,
    contribution: points * scale,
  }));
  return { points: SCORE_MAX * (1 - rest) * scale, contributions };
}

/** What a rule that speaks for the payment leaves of all that speaks against it. */
function trustOf(weight: number): number {
  return weight < 0 ? Math.max(0, 1 + weight / CERTAIN) : 1;
}

function surprisePoints({ percentile }: Surprise): number {
  return SURPRISE_POINTS.find(([from]) => percentile >= from)?.[1] ?? 0;
}

function cheapest(probability: number, amountPaisa: number, costs: RiskCosts) {
  // A certain fraud is blocked whatever it costs to let it pass.
  if (probability >= 1) return "block";
  const lossPaisa = probability * amountPaisa;
  const allow = lossPaisa;
  const review = costs.reviewPaisa + lossPaisa * costs.reviewMissesShare;
  const block = (1 - probability) * (costs.blockPaisa + amountPaisa * costs.blockAmountShare);
  if (allow <= Math.min(review, block)) return "allow";
  return review <= block ? "review" : "block";
}
