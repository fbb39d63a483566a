/** From a raw score to a probability: straight lines between a few points, flat outside of them. */
export interface Calibration {
  /** Ascending. */
  readonly raws: readonly number[];
  /** Never falling, between 0 and 1. */
  readonly probabilities: readonly number[];
}

export function isCalibration({ raws, probabilities }: Calibration): boolean {
  return (
    raws.length > 0 &&
    raws.length === probabilities.length &&
    raws.every((raw, at) => raw > (raws[at - 1] ?? Number.NEGATIVE_INFINITY)) &&
    probabilities.every((value, at) => value >= (probabilities[at - 1] ?? 0) && value <= 1)
  );
}

export function probabilityOf({ raws, probabilities }: Calibration, raw: number): number {
  const above = raws.findIndex((point) => point > raw);
  if (above === 0) return probabilities[0] ?? 0;
  if (above === -1) return probabilities.at(-1) ?? 0;
  const [x0 = 0, x1 = 0] = [raws[above - 1], raws[above]];
  const [y0 = 0, y1 = 0] = [probabilities[above - 1], probabilities[above]];
  return y0 + ((y1 - y0) * (raw - x0)) / (x1 - x0);
}
