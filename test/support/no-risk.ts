import type { RiskResult } from "#payments";

/** A payment of which risk has nothing to say. */
export const NO_RISK: RiskResult = {
  score: 0,
  decision: "allow",
  reasons: [],
  fingerprint: null,
  network: null,
  degraded: false,
  advice: "allow",
  contributions: [],
  shadow: null,
};
