/** A report of one framework or of all: findings made of the catalogue and of what was just seen. Pure. */
import { assess, type Evidence, type Finding } from "./assess.ts";
import type { Framework } from "./control.ts";
import { type FrameworkId, FRAMEWORK_IDS, FRAMEWORKS } from "./frameworks.ts";
import { type OscalDocument, oscalOf } from "./oscal.ts";
import type { ReportHead, ReportSection } from "./section.ts";

const DISCLAIMER =
  "This report is no certificate, no attestation and no audit, and claims conformity with no standard. It shows what a " +
  "program could see of a part of each framework, now, and names what only people can show.";

export interface ComplianceReport extends ReportHead {
  readonly oscal: OscalDocument;
}

export interface ReportInput {
  /** `null`: all of them. */
  readonly framework: FrameworkId | null;
  readonly evidence: readonly Evidence[];
  readonly nowMs: number;
  readonly gatewayVersion: string;
  /** A random UUID, another one at each call. */
  readonly newUuid: () => string;
}

export function reportOf(input: ReportInput): ComplianceReport {
  const { framework, gatewayVersion, nowMs, newUuid } = input;
  const ids = framework === null ? FRAMEWORK_IDS : [framework];
  const sections = ids.map((id) => sectionOf(id, input));
  const head = { disclaimer: DISCLAIMER, gatewayVersion, atMs: nowMs, sections };
  return { ...head, oscal: oscalOf(head, newUuid) };
}

function sectionOf(framework: FrameworkId, { evidence, nowMs }: ReportInput): ReportSection {
  const { title, whole, controls }: Framework = FRAMEWORKS[framework];
  const findings = controls.map((one) => assess(one, evidence, nowMs));
  const byName = new Map(
    findings.flatMap(({ restsOn }) => restsOn).map((ground) => [ground.name, ground]),
  );
  const summary = summaryOf(findings, whole);
  return { framework, title, whole, summary, findings, grounds: [...byName.values()] };
}

function summaryOf(findings: readonly Finding[], whole: string): string {
  const count = (which: (one: Finding) => boolean) => findings.filter(which).length;
  const satisfied = count(({ isSatisfied }) => isSatisfied);
  const failed = count(({ reason }) => reason === "fail");
  const needsPeople = count((one) => one.needsPeople);
  const notShown = findings.length - satisfied - failed - needsPeople;
  return (
    `${findings.length} controls are listed here, of ${whole}: ${satisfied} satisfied, ${failed} failed, ` +
    `${notShown} without evidence that counts, ${needsPeople} that need people.`
  );
}
