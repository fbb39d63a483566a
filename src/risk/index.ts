export {
  assessPayment,
  type ModelName,
  type PaymentAssessment,
  type RiskSettings,
} from "./assessment.ts";
export { type ConnectionSignals, connectionSignals } from "./connection-signals.ts";
export {
  assessRisk,
  type Evidence,
  RISK_COSTS,
  type RiskAssessment,
  type RiskCosts,
  type RiskDecision,
  type RiskMode,
} from "./decision.ts";
export {
  countDrift,
  decodeDrift,
  DRIFT_ALERT_PSI,
  type DriftCounts,
  driftOf,
  emptyDrift,
  encodeDrift,
  type FeatureDrift,
} from "./drift.ts";
export { type Feature, FEATURES, featuresOf, type PaymentFacts, type Views } from "./features.ts";
export { type DeviceSignals, fingerprintText } from "./fingerprint.ts";
export type { KeyView } from "./key-view.ts";
export {
  decodeSurprise,
  emptySurprise,
  encodeSurprise,
  learnSurprise,
  type Surprise,
  surpriseOf,
  type SurpriseState,
} from "./label-free.ts";
export { loadModel, type ModelFault, modelHash } from "./model-file.ts";
export { amountUnitPaisa, type Model, type ModelScore, scoreFeatures } from "./model.ts";
export { decodeProfile, encodeProfile } from "./profile-codec.ts";
export type { Grain, KeyKind, Outcome, Profile, ProfileEvent } from "./profile-form.ts";
export { emptyProfile, isForgotten, noteOutcome, observe } from "./profile.ts";
export { type Contribution, REASON_CODES, type ReasonCode } from "./reason-codes.ts";
export { referenceModel } from "./reference.ts";
export {
  hitRules,
  RULE_DEFAULTS,
  type RuleFacts,
  type RuleHit,
  type RuleId,
  type RuleSetting,
  ruleSettings,
} from "./rules.ts";
export { ADVICES, type Learned } from "./statistics.ts";
