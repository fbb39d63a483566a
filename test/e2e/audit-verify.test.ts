import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { removalName, segmentName, signRemoval } from "#audit";
import { type Chain, chainOf, MERCHANT } from "../audit/chain.ts";
import { addMissingBytes } from "../dev/node-bytes.ts";
import { ROOT } from "../dev/processes.ts";

let chain: Chain;
let folder = "";

beforeAll(async () => {
  addMissingBytes();
  chain = await chainOf([3, 2, 4]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The log as an auditor has it. */
function downloaded(): void {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  mkdirSync(join(folder, MERCHANT, "removed"), { recursive: true });
  writeFileSync(join(folder, "keys.json"), JSON.stringify(chain.keys));
  for (const { head, text } of chain.segments) writeFileSync(pathOf(head.segment), text);
}
const pathOf = (segment: number) => join(folder, segmentName(MERCHANT, segment));

/** The command as an auditor starts it. */
function auditVerify(...flags: string[]) {
  const command = [`${ROOT}test/dev/audit-verify.ts`, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, text: stdout + stderr };
}
const verify = () => auditVerify("--from", folder, "--public-key", join(folder, "keys.json"));

describe("npm run audit:verify", () => {
  it("PCI-10.3.4: a whole log is whole", () => {
    downloaded();
    const { status, text } = verify();
    expect(text).toContain("alpha: 3 segments, 9 entries, 0 segments removed");
    expect(text).toContain("Whole, up to the end");
    expect(status).toBe(0);
  });

  it("PCI-10.3.4: a changed entry and a missing segment are named", () => {
    downloaded();
    writeFileSync(
      pathOf(2),
      readFileSync(pathOf(2), "utf8").replace("fp1.k1.5.text", "fp1.k1.6.text"),
    );
    rmSync(pathOf(3));
    const { status, text } = verify();
    expect(text).toContain("NOT WHOLE: segment 2, entry 5 was changed: its hash does not hold");
    expect(text).toContain("NOT WHOLE: segment 3 is missing, and no removal accounts for it");
    expect(status).toBe(1);
  });

  it("PCI-3.2.1: what retention removed is no cut", async () => {
    downloaded();
    const [first] = chain.segments;
    if (!first) throw new Error("no segment");
    const { lastSequence, lastHash } = first.head;
    const removal = await signRemoval(chain.signer, {
      merchantId: MERCHANT,
      fromSegment: 1,
      toSegment: 1,
      headHashes: [first.headHash],
      lastSequence,
      lastHash,
      removedAtMs: Date.UTC(2033, 11, 1),
    });
    rmSync(pathOf(1));
    writeFileSync(join(folder, removalName(MERCHANT, 1)), removal);
    expect(verify()).toMatchObject({
      status: 0,
      text: expect.stringContaining("1 segments removed"),
    });
  });

  it.each([[[]], [["--from", "/nowhere", "--public-key", "/nowhere"]], [["--what"]]])(
    "PCI-10.3.4: with flags %j nothing is said to be whole",
    (flags) => {
      downloaded();
      const { status, text } = auditVerify(...flags);
      expect(text).not.toContain("Whole");
      expect(status).toBe(2);
    },
  );
});
