/**
 * `npm run conformance`: PhonePe's acceptance list, each requirement with the tests that prove it and whether they
 * pass. A merchant can hand the table to PhonePe's integration team.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { BY_PEOPLE, REQUIREMENTS } from "../conformance/phonepe-uat/requirements.ts";
import { ROOT } from "./processes.ts";

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(z.object({ title: z.string(), status: z.string() })),
    }),
  ),
});

interface Proof {
  readonly title: string;
  readonly passed: boolean;
}

const reports = mkdtempSync(join(tmpdir(), "foolproof-conformance-"));
const proofs = [
  ...proofsOf("test/vitest.config.ts", [
    "test/providers/token",
    "test/payments/reconcile-schedule",
    "test/payments/payment-object",
  ]),
  ...proofsOf("test/e2e/vitest.config.ts", ["test/conformance"]),
];
rmSync(reports, { recursive: true });

let failed = 0;
console.log("\nPhonePe standard checkout, acceptance list\n");
for (const [id, requirement] of Object.entries(REQUIREMENTS)) {
  const ours = proofs.filter(({ title }) => title.includes(id));
  const holds = ours.length > 0 && ours.every(({ passed }) => passed);
  if (!holds) failed += 1;
  console.log(`${holds ? "pass" : "FAIL"}  ${id}  ${requirement} (${ours.length} tests)`);
}
for (const [id, requirement] of Object.entries(BY_PEOPLE)) {
  console.log(`by people  ${id}  ${requirement}`);
}
console.log(`\n${Object.keys(REQUIREMENTS).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function proofsOf(config: string, files: readonly string[]): Proof[] {
  const outputFile = join(reports, `${config.replaceAll("/", "-")}.json`);
  const reporter = ["--reporter=json", `--outputFile.json=${outputFile}`];
  spawnSync("npx", ["vitest", "run", "-c", config, ...reporter, ...files], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const report = reportSchema.parse(JSON.parse(readFileSync(outputFile, "utf8")));
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, status }) => ({ title, passed: status === "passed" })),
  );
}
