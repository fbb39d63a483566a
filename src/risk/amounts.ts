/** Mean, spread and maximum of a key's amounts without keeping them (Welford). */
export interface Amounts {
  count: number;
  meanPaisa: number;
  /** Sum of the squared distances from the mean. */
  squares: number;
  maxPaisa: number;
}

export function noAmounts(): Amounts {
  return { count: 0, meanPaisa: 0, squares: 0, maxPaisa: 0 };
}

export function addAmount(amounts: Amounts, amountPaisa: number): void {
  amounts.count += 1;
  const distance = amountPaisa - amounts.meanPaisa;
  amounts.meanPaisa += distance / amounts.count;
  amounts.squares += distance * (amountPaisa - amounts.meanPaisa);
  amounts.maxPaisa = Math.max(amounts.maxPaisa, amountPaisa);
}

/** Not known before the second amount. */
export function deviationPaisa({ count, squares }: Amounts): number {
  return count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1));
}
