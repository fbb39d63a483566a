/** `npm run bench`: what the gateway costs beside a Worker that does nothing, in one run (docs/performance.md). */
import { parseArgs } from "node:util";
import { interrupted } from "../dev/processes.ts";
import { measureLoad } from "./load.ts";
import { measureEnvelopeCost, measureVerifyCost } from "./inside-cost.ts";
import {
  answersFigure,
  envelopeFigure,
  figureLine,
  floodFigure,
  tableOf,
  verifyFigure,
} from "./report.ts";
import { type Scratch, openScratch } from "./scratch.ts";

const USAGE = `npm run bench -- [--seconds N] [--provider-delay-ms N] [--strict]

  --seconds            length of one measurement, default 2; the whole run takes some 40 times as long
  --provider-delay-ms  how long the provider takes to answer, default 0
  --strict             exit code 1 when a figure is missed`;
const USAGE_EXIT_CODE = 2;

interface Options {
  readonly seconds: number;
  readonly providerDelayMs: number;
  readonly strict: boolean;
}

await main();

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.error(USAGE);
    process.exitCode = USAGE_EXIT_CODE;
    return;
  }
  const scratch = openScratch();
  try {
    const reached = await Promise.race([run(options, scratch), interrupted()]);
    // A noisy machine must not fail anything that did not ask for it.
    process.exitCode = reached === false && options.strict ? 1 : 0;
  } finally {
    scratch.remove();
  }
  process.exit();
}

async function run(options: Options, scratch: Scratch): Promise<boolean> {
  console.log(`State on ${scratch.kind}, provider delay ${options.providerDelayMs} ms.`);
  const signatures = await measureVerifyCost(scratch.directory);
  const envelopes = await measureEnvelopeCost(scratch.directory);
  const rows = await measureLoad({ ...options, directory: scratch.directory });
  console.log(`\n${tableOf(rows)}\n`);
  const figures = [
    ...signatures.map(verifyFigure),
    ...envelopes.map(envelopeFigure),
    floodFigure(rows),
    answersFigure(rows),
  ];
  for (const figure of figures) console.log(figureLine(figure));
  return figures.every(({ reached }) => reached);
}

function readOptions(args: string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: "string", default: "2" },
        "provider-delay-ms": { type: "string", default: "0" },
        strict: { type: "boolean", default: false },
      },
    });
    const seconds = Number(values.seconds);
    const providerDelayMs = Number(values["provider-delay-ms"]);
    if (!(seconds > 0) || !(providerDelayMs >= 0)) return undefined;
    return { seconds, providerDelayMs, strict: values.strict };
  } catch {
    return undefined; // A flag that is not known, or one without its value.
  }
}
