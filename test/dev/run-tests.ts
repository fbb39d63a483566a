/** `npm test`: every check and every test, what failed once more, then one line that counts them. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "./processes.ts";

interface Tally {
  readonly passed: number;
  readonly failures: readonly string[];
}

interface Suite {
  readonly name: string;
  readonly args: readonly string[];
}

/** What vitest's JSON report says, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What stands in one row runs side by side, on two cores. */
const CHECKS: readonly (readonly string[])[] = [
  ["types"],
  ["lint", "typecheck"],
  ["format:check", "unused", "secrets"],
];
/** On two cores. Unit tests never wait, the others now and then; those that take longest begin first. */
const PHASES: readonly { readonly atOnce: number; readonly suites: readonly Suite[] }[] = [
  { atOnce: 2, suites: ["1/2", "2/2"].map(unit) },
  { atOnce: 3, suites: ["shared", "stack", "losses", "tools", "faults"].map(endToEnd) },
];
const FAILURE_CHARS_MAX = 4_000;

const reports = mkdtempSync(join(tmpdir(), "foolproof-tests-"));
const tallies: Tally[] = [];
for (const row of CHECKS) tallies.push(...(await Promise.all(row.map(runCheck))));
for (const { atOnce, suites } of PHASES) {
  const waiting = [...suites];
  await Promise.all(Array.from({ length: atOnce }, () => runWaiting(waiting)));
}
rmSync(reports, { recursive: true });

const failures = tallies.flatMap((tally) => tally.failures);
const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
for (const failure of failures) console.log(`FAIL ${failure.slice(0, FAILURE_CHARS_MAX)}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
console.log(`${passed} passed, ${failures.length} failed`);

function unit(shard: string): Suite {
  return { name: `unit ${shard}`, args: ["-c", "test/vitest.config.ts", "--shard", shard] };
}

function endToEnd(project: string): Suite {
  return { name: project, args: ["-c", "test/e2e/vitest.config.ts", "--project", project] };
}

async function runWaiting(waiting: Suite[]): Promise<void> {
  for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
    tallies.push(await runSuite(suite));
  }
}

async function runCheck(name: string): Promise<Tally> {
  const { ok, output } = await run("npm", ["run", "--silent", name]);
  console.log(ok ? `ok   ${name}` : output);
  return ok ? { passed: 1, failures: [] } : { passed: 0, failures: [`${name}\n${output}`] };
}

async function runSuite({ name, args }: Suite): Promise<Tally> {
  const file = join(reports, `${name.replaceAll(/\W/g, "-")}.json`);
  console.log(`...  ${name}`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { ok, output } = await run("npx", ["vitest", "run", ...args, ...reporters]);
  console.log(output);
  const { passed, failures } = readReport(file);
  // A suite that ended badly without a failed test (a file that did not load, a crash) is a failure as well.
  const isSilent = !ok && failures.length === 0;
  return { passed, failures: isSilent ? [`${name}: the suite ended badly, see above`] : failures };
}

function readReport(file: string): Tally {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { passed: 0, failures: [] }; // The suite died before it could report.
  }
  const failures = report.testResults.flatMap(({ name, message, status, assertionResults }) => {
    const place = relative(ROOT, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed") return [`${place}\n${message}`];
    return failed.map((test) => `${place}: ${test.fullName}\n${test.failureMessages.join("\n")}`);
  });
  return { passed: report.numPassedTests, failures };
}

/** Its output comes in one piece, so that what runs side by side does not mix. */
function run(
  command: string,
  args: readonly string[],
): Promise<{ readonly ok: boolean; readonly output: string }> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ ok: false, output: `${output}${error.message}` }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}
