/** The three figures of the published table, as its authors define them. */

export interface Scored {
  readonly scores: Float64Array;
  readonly frauds: Uint8Array;
  readonly days: Int32Array;
  readonly customers: Int32Array;
}

export interface Figures {
  readonly auc: number;
  readonly ap: number;
  readonly cp100: number;
}

const CARDS_A_DAY = 100;

export function figuresOf(scored: Scored): Figures {
  return { auc: areaUnderRoc(scored), ap: averagePrecision(scored), cp100: cardPrecision(scored) };
}

/** The mean of each figure. */
export function meanFigures(all: readonly Figures[]): Figures {
  const mean = (read: (figures: Figures) => number) =>
    all.reduce((sum, figures) => sum + read(figures), 0) / all.length;
  return { auc: mean(({ auc }) => auc), ap: mean(({ ap }) => ap), cp100: mean((f) => f.cp100) };
}

/** How often a fraud scores above another payment; equal scores count one half. */
export function areaUnderRoc(scored: Scored): number {
  let [won, frauds, others] = [0, 0, 0];
  // From the highest score down: every other payment in a later step is beaten by the frauds before it.
  for (const step of stepsOf(scored)) {
    won += (frauds + step.frauds / 2) * (step.rows - step.frauds);
    frauds += step.frauds;
    others += step.rows - step.frauds;
  }
  return won / (frauds * others);
}

export function averagePrecision(scored: Scored): number {
  const total = scored.frauds.reduce((sum, fraud) => sum + fraud, 0);
  let [sum, frauds, rows] = [0, 0, 0];
  for (const step of stepsOf(scored)) {
    frauds += step.frauds;
    rows += step.rows;
    sum += (step.frauds / total) * (frauds / rows);
  }
  return sum;
}

/** Of the 100 customers a day that score highest, how many are compromised; a customer is caught once. */
export function cardPrecision(scored: Scored): number {
  const days = [...new Set(scored.days)].toSorted((a, b) => a - b);
  const caught = new Set<number>();
  let sum = 0;
  for (const day of days) {
    const hits = topCustomers(scored, day, caught).filter(({ fraud }) => fraud);
    for (const { customer } of hits) caught.add(customer);
    sum += hits.length / CARDS_A_DAY;
  }
  return sum / days.length;
}

function topCustomers(scored: Scored, day: number, caught: ReadonlySet<number>) {
  const cards = new Map<number, { customer: number; score: number; fraud: boolean }>();
  for (const [row, customer] of scored.customers.entries()) {
    if (scored.days[row] !== day || caught.has(customer)) continue;
    const score = scored.scores[row] ?? 0;
    const fraud = scored.frauds[row] === 1;
    const card = cards.get(customer);
    cards.set(customer, {
      customer,
      score: Math.max(score, card?.score ?? score),
      fraud: fraud || (card?.fraud ?? false),
    });
  }
  return [...cards.values()]
    .toSorted((a, b) => b.score - a.score || a.customer - b.customer)
    .slice(0, CARDS_A_DAY);
}

/** Rows of equal score are one step, the highest score first. */
function* stepsOf({ scores, frauds }: Scored): Generator<{ rows: number; frauds: number }> {
  const order = Int32Array.from(scores.keys()).toSorted(
    (a, b) => (scores[b] ?? 0) - (scores[a] ?? 0),
  );
  let step = { rows: 0, frauds: 0 };
  for (const [at, row] of order.entries()) {
    step.rows += 1;
    step.frauds += frauds[row] ?? 0;
    const next = order[at + 1];
    if (next !== undefined && scores[next] === scores[row]) continue;
    yield step;
    step = { rows: 0, frauds: 0 };
  }
}
