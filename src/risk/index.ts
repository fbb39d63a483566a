export { type ConnectionSignals, connectionSignals } from "./connection-signals.ts";
export { decideRisk, type RiskConfig, type RiskDecision, type RiskInput } from "./decision.ts";
export { type DeviceSignals, fingerprintText } from "./fingerprint.ts";
