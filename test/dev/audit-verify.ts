/** `npm run audit:verify`: is a merchant's audit log whole (docs/audit.md). Offline; needs no secret. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type AuditReport, auditKeysSchema, FAULTS, type Finding, makeVerifier } from "#audit";
import { auditFiles, type AuditFile } from "./audit-files.ts";
import { addMissingBytes } from "./node-bytes.ts";

const USAGE = `npm run audit:verify -- --from FOLDER --public-key FILE

  --from        segments as they came out of the bucket, or wrangler's local state (.wrangler/state)
  --public-key  what GET /api/payments/audit/keys answered; keep it apart from the segments

Ends with 0 when the log is whole, 1 when it is not, 2 when it cannot be looked at.`;
const EXIT = { whole: 0, notWhole: 1, usage: 2 } as const;

await main();

async function main(): Promise<void> {
  addMissingBytes();
  try {
    const { from, publicKey } = readFlags(process.argv.slice(2));
    const keys = auditKeysSchema().parse(JSON.parse(readFileSync(publicKey, "utf8")));
    const files = numbered(auditFiles(from), keys.merchantId);
    const beganMs = performance.now();
    const verifier = await makeVerifier(keys, sha256);
    for (const { number, read } of files.removals) await verifier.removal(number, read());
    for (const { number, read } of files.segments) await verifier.segment(number, read());
    const report = verifier.finish();
    say(keys.merchantId, report, performance.now() - beganMs);
    process.exitCode = report.findings.length === 0 ? EXIT.whole : EXIT.notWhole;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : "cannot start"}\n\n${USAGE}`);
    process.exitCode = EXIT.usage;
  }
}

/** Five times as fast as the Web's in Node, which hands every digest to another thread. */
function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function readFlags(args: string[]): { readonly from: string; readonly publicKey: string } {
  const options = { from: { type: "string" }, "public-key": { type: "string" } } as const;
  const { values } = parseArgs({ args, options });
  const { from, "public-key": publicKey } = values;
  if (from === undefined || publicKey === undefined) throw new Error("Both flags are needed.");
  return { from, publicKey };
}

/** The merchant's files in the order of their numbers; its folder may have been left out. */
function numbered(files: readonly AuditFile[], merchantId: string) {
  const withNumber = (form: RegExp) =>
    files
      .map(({ name, read }) => {
        const plain = name.startsWith(`${merchantId}/`) ? name.slice(merchantId.length + 1) : name;
        return { number: Number(form.exec(plain)?.[1]), read };
      })
      .filter(({ number }) => Number.isInteger(number))
      .toSorted((left, right) => left.number - right.number);
  return {
    removals: withNumber(/^removed\/(\d{8})\.json$/),
    segments: withNumber(/^(\d{8})\.jsonl$/),
  };
}

function say(merchantId: string, report: AuditReport, tookMs: number): void {
  const { segments, entries, removed, endKnown, findings } = report;
  const perSec = Math.round((entries / Math.max(tookMs, 1)) * 1_000);
  console.log(
    `${merchantId}: ${segments} segments, ${entries} entries, ${removed} segments removed by retention ` +
      `(${perSec} entries/s)`,
  );
  for (const finding of findings) console.log(lineOf(finding));
  if (findings.length > 0) return;
  console.log(endKnown ? "Whole, up to the end that the key file names." : NO_END);
}

const NO_END =
  "Whole, as far as it goes. The key file names no end: what was cut off there would not show.";

function lineOf({ segment, sequence, fault }: Finding): string {
  const place = sequence === null ? `segment ${segment}` : `segment ${segment}, entry ${sequence}`;
  return `NOT WHOLE: ${place} ${FAULTS[fault]}`;
}
