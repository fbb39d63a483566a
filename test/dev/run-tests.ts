/** `npm test`: every check and every test, then one line that counts them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./processes.ts";

interface Tally {
  passed: number;
  failed: number;
}

const CHECKS = ["types", "format:check", "lint", "typecheck", "unused"];
const SUITES = ["test/vitest.config.ts", "test/e2e/vitest.config.ts"];

const reports = mkdtempSync(join(tmpdir(), "foolproof-tests-"));
const total: Tally = { passed: 0, failed: 0 };

for (const name of CHECKS) {
  const passed = run("npm", ["run", "--silent", name]);
  console.log(`${passed ? "ok  " : "FAIL"} ${name}`);
  count({ passed: passed ? 1 : 0, failed: passed ? 0 : 1 });
}
for (const [index, config] of SUITES.entries()) count(runSuite(config, index));
rmSync(reports, { recursive: true });

process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`${total.passed} passed, ${total.failed} failed`);

function runSuite(config: string, index: number): Tally {
  const outputFile = join(reports, `${index}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${outputFile}`];
  const ended = run("npx", ["vitest", "run", "-c", config, ...reporters]);
  const { numPassedTests, numFailedTests } = readReport(outputFile);
  // A suite that ended badly without a failed test (a file that did not load, a crash) is a failure as well.
  const failed = ended || numFailedTests > 0 ? numFailedTests : 1;
  return { passed: numPassedTests, failed };
}

function readReport(file: string): { numPassedTests: number; numFailedTests: number } {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0 }; // The suite died before it could report.
  }
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: ROOT, stdio: "inherit" }).status === 0;
}

function count({ passed, failed }: Tally): void {
  total.passed += passed;
  total.failed += failed;
}
