/** A report as OSCAL assessment-results (RPT-1). Pure: ids come from a port. */
import type { Finding, Ground } from "./assess.ts";
import type { ReportHead, ReportSection } from "./section.ts";

const OSCAL_VERSION = "1.2.0";
/** Names our own properties. */
const NAMESPACE = "urn:foolproof:compliance";
/** What is looked at, and how: the page that says so. */
const PLAN = "docs/compliance.md";

export type OscalDocument = ReturnType<typeof oscalOf>;

export function oscalOf(report: ReportHead, newUuid: () => string) {
  const { atMs, disclaimer, gatewayVersion, sections } = report;
  const titles = sections.map(({ title }) => title).join("; ");
  return {
    "assessment-results": {
      uuid: newUuid(),
      metadata: {
        title: `What Foolproof can show of itself: ${titles}`,
        "last-modified": timeOf(atMs),
        version: gatewayVersion,
        "oscal-version": OSCAL_VERSION,
        remarks: disclaimer,
      },
      "import-ap": { href: PLAN },
      results: sections.map((section) => resultOf(section, report, newUuid)),
    },
  };
}

function resultOf(section: ReportSection, { atMs, disclaimer }: ReportHead, newUuid: () => string) {
  const { title, summary, findings, grounds } = section;
  const observations = grounds.map((ground) => ({ uuid: newUuid(), ground }));
  const uuids = new Map(observations.map(({ uuid, ground }) => [ground.name, uuid]));
  const controls = findings.map(({ controlId }) => ({ "control-id": controlId }));
  return {
    uuid: newUuid(),
    title,
    description: `${disclaimer} ${summary}`,
    start: timeOf(atMs),
    "reviewed-controls": { "control-selections": [{ "include-controls": controls }] },
    observations: observations.map(({ uuid, ground }) => ({ uuid, ...observationOf(ground) })),
    findings: findings.map((finding) => ({
      uuid: newUuid(),
      ...findingOf(finding),
      ...relatedOf(finding.restsOn.flatMap(({ name }) => uuids.get(name) ?? [])),
    })),
  };
}

function observationOf({ type, title, detail, ok, atMs, expiresAtMs }: Ground) {
  return {
    title,
    description: detail,
    props: [{ name: "result", ns: NAMESPACE, value: ok ? "pass" : "fail" }],
    methods: [type === "check" ? ("TEST" as const) : ("EXAMINE" as const)],
    collected: timeOf(atMs),
    expires: timeOf(expiresAtMs),
    "relevant-evidence": [{ ...(type === "document" ? { href: title } : {}), description: detail }],
  };
}

function findingOf({ controlId, title, isSatisfied, reason, remarks }: Finding) {
  const state = isSatisfied ? ("satisfied" as const) : ("not-satisfied" as const);
  return {
    title: `${controlId}: ${title}`,
    description: remarks,
    target: {
      type: "objective-id" as const,
      "target-id": controlId,
      status: { state, reason, remarks },
    },
  };
}

/** OSCAL takes no empty list. */
function relatedOf(uuids: readonly string[]) {
  if (uuids.length === 0) return {};
  return { "related-observations": uuids.map((uuid) => ({ "observation-uuid": uuid })) };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
