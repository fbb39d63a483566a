/**
 * What a merchant's own payments teach without labels: what is usual (for the surprise), whether they still look like
 * those that the model learned (drift), and what a shadow model would have done. `learn` changes the state it is given.
 */
import type { RiskDecision } from "./decision.ts";
import { countDrift, decodeDrift, type DriftCounts, emptyDrift, encodeDrift } from "./drift.ts";
import {
  decodeSurprise,
  emptySurprise,
  encodeSurprise,
  learnSurprise,
  type SurpriseState,
} from "./label-free.ts";
import type { Model } from "./model.ts";

type Advice = RiskDecision["decision"];
export const ADVICES = ["allow", "review", "block"] as const satisfies readonly Advice[];

/** One payment, as it was assessed. */
export interface Learned {
  readonly values: Float64Array;
  readonly bits: number;
  readonly advice: Advice;
  /** Null without a shadow model. */
  readonly shadowAdvice: Advice | null;
}

export interface Statistics {
  readonly surprise: SurpriseState;
  readonly drift: DriftCounts;
  /** Payments by what the active model (rows) and the shadow model (columns) advised. */
  readonly compared: number[][];
}

export interface StoredStatistics {
  readonly surprise: Uint8Array;
  readonly drift: Uint8Array;
  readonly compared: number[][];
}

export function emptyStatistics(model: Model): Statistics {
  const compared = ADVICES.map(() => ADVICES.map(() => 0));
  return { surprise: emptySurprise(), drift: emptyDrift(model), compared };
}

export function learn(statistics: Statistics, model: Model, learned: Learned): void {
  const { surprise, drift, compared } = statistics;
  learnSurprise(surprise, learned.values, learned.bits);
  countDrift(model, drift, learned.values);
  if (learned.shadowAdvice === null) return;
  const row = compared[ADVICES.indexOf(learned.advice)];
  const column = ADVICES.indexOf(learned.shadowAdvice);
  if (row) row[column] = (row[column] ?? 0) + 1;
}

export function storeStatistics({ surprise, drift, compared }: Statistics): StoredStatistics {
  return { surprise: encodeSurprise(surprise), drift: encodeDrift(drift), compared };
}

/** What cannot be read, or belongs to another model, begins anew. */
export function readStatistics(model: Model, stored: StoredStatistics): Statistics {
  const empty = emptyStatistics(model);
  return {
    surprise: decodeSurprise(stored.surprise) ?? empty.surprise,
    drift: decodeDrift(model, stored.drift) ?? empty.drift,
    compared: stored.compared,
  };
}
