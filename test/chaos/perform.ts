/** Plays many scenarios side by side: most on one gateway, those with kills on gateways of their own. */
import { judge, leaksIn } from "./judge.ts";
import { openKillSwitch } from "./kill-switch.ts";
import { play, type Played } from "./play.ts";
import type { Scenario } from "./scenarios.ts";
import type { Gateway, Stage } from "./stage.ts";

export interface Verdict {
  readonly scenario: Scenario;
  readonly faults: readonly string[];
  readonly ms: number;
  /** How it went, for whoever looks into a fault. */
  readonly story: string;
}

/** Time limits are divided by so much; less where calls wait for a kill and must not run out before it. */
const SCALE = 10;
const OPEN_CALLS_SCALE = 4;
const SIDE_BY_SIDE = 12;

interface Lane {
  readonly name: string;
  readonly scale: number;
  readonly runtime: string;
  /** So many are killed together. Those killed within a moment of their answer do not wait for others. */
  readonly together: number;
}
const KILL_LANES: readonly Lane[] = [
  { name: "kill-open", scale: OPEN_CALLS_SCALE, runtime: "kill_during_pay", together: 7 },
  { name: "kill-twice", scale: OPEN_CALLS_SCALE, runtime: "kill_twice", together: 4 },
  { name: "kill-after", scale: SCALE, runtime: "kill_after_answer", together: 1 },
];
const KILLED = new Set(KILL_LANES.map(({ runtime }) => runtime));

export async function perform(
  stage: Stage,
  scenarios: readonly Scenario[],
  done: (verdict: Verdict) => void,
): Promise<void> {
  const calm = scenarios.filter(({ runtime }) => !KILLED.has(runtime));
  await Promise.all([
    playCalm(stage, calm, done),
    ...KILL_LANES.map((lane) => {
      const own = scenarios.filter(({ runtime }) => runtime === lane.runtime);
      return playKilled(stage, lane, { scenarios: own, done });
    }),
  ]);
}

async function playCalm(
  stage: Stage,
  scenarios: readonly Scenario[],
  done: (verdict: Verdict) => void,
): Promise<void> {
  if (scenarios.length === 0) return;
  const gateway = await stage.startGateway({ name: "calm", scale: SCALE });
  const queue = [...scenarios];
  const lanes = Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      done(await verdictOn(next, { stage, gateway }));
    }
  });
  await Promise.all(lanes);
}

async function playKilled(
  stage: Stage,
  { name, scale, together }: Lane,
  {
    scenarios,
    done,
  }: { readonly scenarios: readonly Scenario[]; readonly done: (verdict: Verdict) => void },
): Promise<void> {
  if (scenarios.length === 0) return;
  const gateway = await stage.startGateway({ name, scale });
  for (const batch of chunks(scenarios, together)) {
    const killSwitch = openKillSwitch(batch.length, () => gateway.restart());
    await Promise.all(
      batch.map(async (scenario) => {
        const verdict = await verdictOn(scenario, { stage, gateway, killSwitch });
        killSwitch.leave();
        done(verdict);
      }),
    );
  }
}

async function verdictOn(
  scenario: Scenario,
  cast: Parameters<typeof play>[1] & { readonly gateway: Gateway },
): Promise<Verdict> {
  const startMs = performance.now();
  const ms = () => Math.round(performance.now() - startMs);
  try {
    const played = await play(scenario, cast);
    return { scenario, faults: judge(played), ms: ms(), story: storyOf(played) };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { scenario, faults: [`the script broke off: ${reason}`], ms: ms(), story: "" };
  }
}

function storyOf({ answers, status, books }: Played): string {
  const [first] = status.timeline;
  const steps = status.timeline.map(
    ({ at, event, cause }) =>
      `${Math.round((at - (first?.at ?? 0)) / 1_000)} s ${event} (${cause})`,
  );
  const said = answers.map((answer) => answer.status).join(", ");
  return `answers ${said}; ${steps.join("; ")}; calls ${JSON.stringify(books.calls)}`;
}

/** I10, for the whole run. */
export function leaksInLogs(stage: Stage): string[] {
  const text = stage.logs();
  return [...stage.merchants.values()].flatMap((merchant) =>
    leaksIn(text, merchant).map((leak) => `I10: the log holds ${leak} of ${merchant.id}`),
  );
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
