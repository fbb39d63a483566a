export { type ConnectionSignals, connectionSignals } from "./connection-signals.ts";
export { decideRisk, type RiskConfig, type RiskDecision, type RiskInput } from "./decision.ts";
export { type Feature, FEATURES, featuresOf, type PaymentFacts, type Views } from "./features.ts";
export { type DeviceSignals, fingerprintText } from "./fingerprint.ts";
export type { KeyView } from "./key-view.ts";
export { decodeProfile, encodeProfile } from "./profile-codec.ts";
export type { Grain, KeyKind, Outcome, Profile, ProfileEvent } from "./profile-form.ts";
export { emptyProfile, isForgotten, noteOutcome, observe } from "./profile.ts";
