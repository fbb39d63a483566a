import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { EVIDENCE_MS_MAX } from "../../../src/ops/compliance/assess.ts";
import { FRAMEWORK_IDS } from "../../../src/ops/compliance/frameworks.ts";
import { EVIDENCE_IDS, evidence, NOW_MS, profileError, report } from "./world.ts";

type Document = ReturnType<typeof report>["oscal"];

const resultsOf = (document: Document) => document["assessment-results"].results;

/** Every id that the document gives. */
function uuidsOf(document: Document): string[] {
  const own = resultsOf(document).flatMap(({ uuid, observations, findings }) => [
    uuid,
    ...observations.map((one) => one.uuid),
    ...findings.map((one) => one.uuid),
  ]);
  return [document["assessment-results"].uuid, ...own];
}

/** What a finding rests on, found by its references inside its own result. */
function restsOn(document: Document) {
  return resultsOf(document).flatMap(({ findings, observations }) =>
    findings.map((finding) => ({
      finding,
      observations: (finding["related-observations"] ?? []).map((reference) =>
        observations.find(({ uuid }) => uuid === reference["observation-uuid"]),
      ),
    })),
  );
}

const anyEvidence = fc.array(
  fc.record({
    id: fc.oneof(fc.constantFrom(...EVIDENCE_IDS), fc.string()),
    ok: fc.boolean(),
    detail: fc.string(),
    atMs: fc.integer({ min: NOW_MS - 3 * DAY_MS, max: NOW_MS }),
  }),
  { maxLength: 60 },
);
const anyMoment = fc.constantFrom(NOW_MS, NOW_MS + 400 * DAY_MS);

describe("a report in OSCAL", () => {
  it.each(FRAMEWORK_IDS)(
    "RPT-1: %s fits the profile, with all evidence and with none",
    (framework) => {
      expect(profileError(report(evidence(), { framework }).oscal)).toBeUndefined();
      expect(profileError(report([], { framework }).oscal)).toBeUndefined();
    },
  );

  it("RPT-1: the profile that judges refuses a document with a part missing, or with a wrong id", () => {
    const good = report(evidence(), { framework: "gdpr" }).oscal;
    const results = good["assessment-results"];
    const { metadata: _, ...headless } = results;
    expect(profileError({ "assessment-results": headless })).toBeDefined();
    expect(profileError({ "assessment-results": { ...results, uuid: "1" } })).toBeDefined();
    expect(profileError({ "assessment-results": { ...results, results: [] } })).toBeDefined();
    const [result] = results.results;
    const everything = { ...result, "reviewed-controls": { "control-selections": [{}] } };
    expect(
      profileError({ "assessment-results": { ...results, results: [everything] } }),
    ).toBeDefined();
    const noFindings = [{ ...result, findings: [] }];
    expect(
      profileError({ "assessment-results": { ...results, results: noFindings } }),
    ).toBeDefined();
  });

  it("RPT-1: a report of all has one result for each framework", () => {
    expect(resultsOf(report(evidence()).oscal)).toHaveLength(FRAMEWORK_IDS.length);
  });

  it("RPT-1, RPT-2: whatever was seen, it fits, ids are unique, references resolve, and what is satisfied is proven", () => {
    fc.assert(
      fc.property(anyEvidence, anyMoment, (seen, nowMs) => {
        const { oscal } = report(seen, { nowMs });
        expect(profileError(oscal)).toBeUndefined();
        const uuids = uuidsOf(oscal);
        expect(new Set(uuids).size).toBe(uuids.length);
        for (const { finding, observations } of restsOn(oscal)) {
          expect(observations).not.toContain(undefined);
          if (finding.target.status.state !== "satisfied") continue;
          expect(observations.length).toBeGreaterThan(0);
          for (const observation of observations) {
            expect(observation?.props[0]?.value).toBe("pass");
            expect(Date.parse(observation?.expires ?? "")).toBeGreaterThan(nowMs);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("RPT-2: every control that is reviewed has exactly one finding", () => {
    for (const { findings, "reviewed-controls": reviewed } of resultsOf(report([]).oscal)) {
      const [selection] = reviewed["control-selections"];
      const listed = selection?.["include-controls"].map((one) => one["control-id"]);
      expect(findings.map(({ target }) => target["target-id"])).toEqual(listed);
    }
  });

  it("RPT-2: an observation says when it was made, and when it ends to prove anything", () => {
    const atMs = NOW_MS - 1_000;
    const { oscal } = report(evidence({ masking: { atMs } }), { framework: "pci-dss" });
    const masking = resultsOf(oscal)[0]?.observations.find(({ title }) => title === "masking");
    expect(masking).toMatchObject({
      methods: ["TEST"],
      collected: new Date(atMs).toISOString(),
      expires: new Date(atMs + EVIDENCE_MS_MAX).toISOString(),
    });
  });
});
