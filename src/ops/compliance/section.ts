/** The parts of a report. */
import type { Finding, Ground } from "./assess.ts";
import type { FrameworkId } from "./frameworks.ts";

export interface ReportSection {
  readonly framework: FrameworkId;
  readonly title: string;
  /** How much the framework holds, beside what is listed. */
  readonly whole: string;
  /** How much of it is listed at all, and how that stands. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** All that the findings rest on, each once. */
  readonly grounds: readonly Ground[];
}

export interface ReportHead {
  /** What every report says first. */
  readonly disclaimer: string;
  readonly gatewayVersion: string;
  readonly atMs: number;
  readonly sections: readonly ReportSection[];
}
