/**
 * The whole of what risk says of one payment, pure: features of what the profiles know, the model's score, the surprise,
 * the rules, and the decision by cost. What is missing is left out and makes the score poorer, never wrong.
 */
import type { MODEL_NAMES } from "#base";
import {
  assessRisk,
  type Evidence,
  RISK_COSTS,
  type RiskAssessment,
  type RiskCosts,
  type RiskMode,
} from "./decision.ts";
import { featuresOf, type PaymentFacts, type Views } from "./features.ts";
import { type SurpriseState, surpriseOf } from "./label-free.ts";
import { amountUnitPaisa, type Model, type ModelScore, scoreFeatures } from "./model.ts";
import { hitRules, type RuleFacts, type RuleSetting, ruleSettings } from "./rules.ts";

export type ModelName = (typeof MODEL_NAMES)[number];

/** What a merchant's configuration says of risk; what is absent has its default. */
export interface RiskSettings {
  readonly mode: RiskMode;
  readonly blockCustomers: readonly string[];
  readonly allowCustomers?: readonly string[] | undefined;
  /** Fingerprints, as answers show them. */
  readonly blockDevices?: readonly string[] | undefined;
  readonly rules?: readonly RuleSetting[] | undefined;
  readonly costs?: RiskCosts | undefined;
  /** Scores payments; `reference` if it does not say. */
  readonly model?: ModelName | undefined;
  /** Scores beside it, acts on nothing, and is compared. */
  readonly shadowModel?: ModelName | undefined;
  /** Whether a payment may be blocked by what the model says; else that is a review at most. */
  readonly modelMayBlock?: boolean | undefined;
}

export interface AssessedPayment extends PaymentFacts {
  readonly customerId: string | undefined;
  readonly fingerprint: string | null;
  readonly customerCountry?: string | undefined;
  readonly networkCountry?: string | undefined;
  /** An operator has said that the customer is good. */
  readonly released: boolean;
}

export interface Knowledge {
  readonly views: Views;
  readonly models: Partial<Record<ModelName, Model>>;
  readonly surprise: SurpriseState | undefined;
}

export interface PaymentAssessment extends RiskAssessment {
  /** What the shadow model would say; null without one. */
  readonly shadow: Pick<RiskAssessment, "score" | "advice"> | null;
  /** What is learned from the payment. */
  readonly values: Float64Array<ArrayBuffer>;
  readonly bits: number;
}

/** Scores a payment. In `off` nothing is looked at. */
export function assessPayment(
  settings: RiskSettings,
  payment: AssessedPayment,
  { views, models, surprise: state }: Knowledge,
): PaymentAssessment {
  const { mode, model = "reference", shadowModel } = settings;
  const score = (name: ModelName | undefined): ModelScore | undefined => {
    const one = name === undefined ? undefined : models[name];
    // It learned from payments of known customers at known merchants, and says nothing of others.
    const unit = one && views.customer ? amountUnitPaisa(one, views.merchant) : Number.NaN;
    if (!one || Number.isNaN(unit)) return undefined;
    return scoreFeatures(one, featuresOf({ ...payment, amountUnitPaisa: unit }, views));
  };
  const values = featuresOf(payment, views);
  const surprise = state && surpriseOf(state, values);
  const rules = hitRules(ruleSettings(settings.rules ?? []), factsOf(settings, payment, views));
  const evidence = { amountPaisa: payment.amountPaisa, rules, surprise };
  const active = decide(settings, { ...evidence, model: score(model) });
  const shadow =
    mode === "off" || shadowModel === undefined
      ? null
      : assessRisk(mode, { ...evidence, model: score(shadowModel) }, settings.costs);
  return {
    ...active,
    shadow: shadow && { score: shadow.score, advice: shadow.advice },
    values,
    bits: surprise?.bits ?? 0,
  };
}

/** A model that has not seen this merchant's payments advises; blocking on its word is the merchant's decision. */
function decide(settings: RiskSettings, evidence: Evidence): RiskAssessment {
  const { mode, costs = RISK_COSTS, modelMayBlock = false } = settings;
  const whole = assessRisk(mode, evidence, costs);
  if (whole.advice !== "block" || modelMayBlock) return whole;
  const { advice } = assessRisk(mode, { ...evidence, model: undefined }, costs);
  if (advice === "block") return whole;
  return { ...whole, advice: "review", decision: mode === "enforce" ? "review" : "allow" };
}

function factsOf(settings: RiskSettings, payment: AssessedPayment, views: Views): RuleFacts {
  const { blockCustomers, allowCustomers = [], blockDevices = [] } = settings;
  const { customerId, fingerprint, released } = payment;
  const isIn = (list: readonly string[]) => customerId !== undefined && list.includes(customerId);
  return {
    ...payment,
    views,
    listed: {
      customerBlocked: isIn(blockCustomers),
      customerAllowed: released || isIn(allowCustomers),
      deviceBlocked: fingerprint !== null && blockDevices.includes(fingerprint),
    },
  };
}
