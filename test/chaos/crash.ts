/** `npm run crash -- --kills N [--seed S]`: the gateway killed N times under load (docs/reliability.md). */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { runCrashTest } from "./run-crash-test.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^[0-9]{1,10}$/.test(value)) throw new Error(`--${name} takes a number`);
}

console.log(`seed ${values.seed}`);
const report = await runCrashTest({
  kills: Number(values.kills),
  seed: Number(values.seed),
  loadMsMax: 2_500,
  patienceMs: 90_000,
  settleMs: 600_000,
  inDoubt: false,
  print: (line) => console.log(line),
});
for (const { rule, about, detail } of report.findings) console.log(`${rule}: ${about}: ${detail}`);
console.log(report.summary);
if (report.findings.length > 0)
  console.log(`again with --kills ${values.kills} --seed ${values.seed}`);
process.exitCode = report.findings.length === 0 ? 0 : 1;
