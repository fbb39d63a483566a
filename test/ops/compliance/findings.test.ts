import { describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import type { EvidenceId } from "#ops-compliance";
import { DOCUMENT_MS_MAX, EVIDENCE_MS_MAX } from "../../../src/ops/compliance/assess.ts";
import { FRAMEWORKS } from "../../../src/ops/compliance/frameworks.ts";
import { evidence, EVIDENCE_IDS, findingsOf, NOW_MS, report } from "./world.ts";

const controls = Object.values(FRAMEWORKS).flatMap((framework) => [...framework.controls]);

/** The controls that rest on a look, as the catalogue has it. */
const restingOn = (id: EvidenceId) =>
  controls
    .filter(({ proof }) => proof.by === "checks" && proof.checks.includes(id))
    .map((one) => one.id);

const satisfied = (made: ReturnType<typeof report>) =>
  findingsOf(made)
    .filter((one) => one.isSatisfied)
    .map((one) => one.controlId);

const WELL = satisfied(report(evidence()));

/** What was satisfied and is no longer, and what became so. */
function turned(made: ReturnType<typeof report>) {
  const now = satisfied(made);
  return {
    lost: WELL.filter((id) => !now.includes(id)),
    gained: now.filter((id) => !WELL.includes(id)),
  };
}

const BROKEN: Readonly<Record<string, readonly [EvidenceId, string]>> = {
  "the chain is cut": ["audit_chain", "entry 7 does not fit the hash before it"],
  "masking is off": ["masking", "a planted number came back readable"],
  "a key is overdue": ["keys_due", "overdue: vault"],
  "MFA is off": ["operators_mfa", "1 operator without a second factor"],
};

describe("findings", () => {
  it("RPT-3: when all is well, all that rests on looks and pages is satisfied, and nothing else", () => {
    const proven = controls.filter(({ proof }) => proof.by !== "people").map(({ id }) => id);
    expect(WELL).toEqual(proven);
  });

  it.each(Object.entries(BROKEN))(
    "RPT-3: %s: exactly the findings that rest on it turn, in one report",
    (_name, [id, detail]) => {
      const made = report(evidence({ [id]: { ok: false, detail } }));
      expect(turned(made)).toEqual({ lost: restingOn(id), gained: [] });
      expect(restingOn(id).length).toBeGreaterThan(1);
      for (const finding of findingsOf(made)) {
        if (!restingOn(id).includes(finding.controlId)) continue;
        expect(finding).toMatchObject({ isSatisfied: false, reason: "fail" });
        expect(finding.remarks).toContain(detail);
      }
    },
  );

  it.each(EVIDENCE_IDS)(
    "RPT-3: %s: broken it turns what rests on it; absent it is no evidence",
    (id) => {
      const broken = report(evidence({ [id]: { ok: false } }));
      expect(turned(broken)).toEqual({ lost: restingOn(id), gained: [] });
      const absent = report(evidence().filter((one) => one.id !== id));
      expect(turned(absent)).toEqual({ lost: restingOn(id), gained: [] });
      for (const finding of findingsOf(absent)) {
        if (!restingOn(id).includes(finding.controlId)) continue;
        expect(finding.reason).toBe("other");
        expect(finding.remarks).toContain("no evidence was collected");
      }
    },
  );

  it("RPT-2: one bad look of several of the same name is enough", () => {
    const one = { id: "masking", ok: false, detail: "of another isolate", atMs: NOW_MS };
    expect(turned(report([...evidence(), one])).lost).toEqual(restingOn("masking"));
  });

  it("RPT-2: a look that is too old proves nothing, from its last moment on", () => {
    const at = (atMs: number) => turned(report(evidence({ audit_chain: { atMs } }))).lost;
    expect(at(NOW_MS - EVIDENCE_MS_MAX + 1)).toEqual([]);
    expect(at(NOW_MS - EVIDENCE_MS_MAX)).toEqual(restingOn("audit_chain"));
  });

  it("RPT-2: a page that nobody has read again for a year proves nothing", () => {
    const nowMs = NOW_MS + DOCUMENT_MS_MAX + DAY_MS;
    const seen = evidence().map((one) => ({ ...one, atMs: nowMs }));
    const left = satisfied(report(seen, { nowMs }));
    const withoutPages = controls.filter(
      ({ proof }) => proof.by === "checks" && proof.documents.length === 0,
    );
    expect(left).toEqual(withoutPages.map(({ id }) => id));
  });

  it("RPT-2: what needs people is never satisfied, and says why", () => {
    const needy = controls.filter(({ proof }) => proof.by === "people").map(({ id }) => id);
    const findings = findingsOf(report(evidence())).filter((one) => needy.includes(one.controlId));
    expect(findings.length).toBeGreaterThan(20);
    for (const { isSatisfied, remarks, restsOn } of findings) {
      expect({ isSatisfied, restsOn }).toEqual({ isSatisfied: false, restsOn: [] });
      expect(remarks).toMatch(/^Needs people: .{10,}\.$/);
    }
  });

  it("a report says how much of a framework it lists, and how that stands", () => {
    const seen = evidence({ masking: { ok: false } }).filter(({ id }) => id !== "keys_due");
    const [section] = report(seen, { framework: "gdpr" }).sections;
    expect(section?.summary).toBe(
      "20 controls are listed here, of 99 articles: 10 satisfied, 5 failed, 0 without evidence that counts, " +
        "5 that need people.",
    );
    const [other] = report(
      seen.filter(({ id }) => id !== "backup_recent"),
      {
        framework: "gdpr",
      },
    ).sections;
    expect(other?.summary).toContain("9 satisfied, 5 failed, 1 without evidence that counts");
  });

  it("a long detail is cut: it is a line, not a log", () => {
    const made = report(evidence({ masking: { detail: "x".repeat(10_000), ok: false } }));
    const longest = Math.max(...findingsOf(made).map(({ remarks }) => remarks.length));
    expect(longest).toBeLessThan(1_000);
  });
});
