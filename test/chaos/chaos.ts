/** `npm run chaos -- --seed N --minutes M`: random fault scenarios until the time is over. `--only ID` plays one again. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { leaksInLogs, perform, type Verdict } from "./perform.ts";
import { PUBLISHED, randomScenario, type Scenario, titleOf } from "./scenarios.ts";
import { openStage } from "./stage.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string", default: "2" },
    only: { type: "string" },
    published: { type: "boolean", default: false },
  },
});
const seed = values.seed === undefined ? randomInt(1_000_000_000) : Number(values.seed);
const minutes = Number(values.minutes);
if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number");
if (!(minutes > 0)) throw new Error("--minutes takes a number above 0");

const ROUND = 60;
const MINUTE_MS = 60_000;
let played = 0;
let failed = 0;

function report({ scenario, faults, ms, story }: Verdict): void {
  played += 1;
  if (faults.length === 0) return;
  failed += 1;
  console.log(`VIOLATION ${titleOf(scenario)} (${ms} ms)`);
  for (const fault of faults) console.log(`  ${fault}`);
  console.log(`  ${story}`);
  console.log(`  ${JSON.stringify(scenario)}`);
  if (!values.published)
    console.log(`  again: npm run chaos -- --seed ${seed} --only ${scenario.id}`);
}

async function round(scenarios: readonly Scenario[]): Promise<void> {
  const stage = await openStage(scenarios);
  try {
    await perform(stage, scenarios, report);
    for (const leak of leaksInLogs(stage)) {
      failed += 1;
      console.log(`VIOLATION ${leak}`);
    }
  } finally {
    await stage.close();
  }
}

const wanted = (scenario: Scenario) =>
  values.only === undefined || values.only.split(",").includes(scenario.id);
const startMs = performance.now();
if (values.published) {
  await round(PUBLISHED.filter(wanted));
} else if (values.only !== undefined) {
  const indexes = values.only.split(",").map((id) => Number(id.slice(1)));
  await round(indexes.map((index) => randomScenario(seed, index)));
} else {
  for (let index = 0; performance.now() - startMs < minutes * MINUTE_MS; index += ROUND) {
    await round(Array.from({ length: ROUND }, (_, at) => randomScenario(seed, index + at)));
  }
}
const seconds = Math.round((performance.now() - startMs) / 1_000);
console.log(`seed ${seed}: ${played} scenarios in ${seconds} s, ${failed} violations`);
process.exitCode = failed === 0 ? 0 : 1;
