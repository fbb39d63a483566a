/** The compliance report: a door of its own, so that a Worker carries none of the room's command-line parts. */
export type { Evidence } from "./assess.ts";
export { type EvidenceId, isEvidenceId } from "./control.ts";
export type { FrameworkId } from "./frameworks.ts";
export { type ComplianceReport, reportOf } from "./report.ts";
