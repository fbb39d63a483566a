/** A compliance report as it is asked for and shown; who makes it has a catalogue of its own. */
import * as z from "zod";
import { once } from "#base";

/** What a report is asked for by. */
export const frameworkSchema = once(() =>
  z.enum(["pci-dss", "gdpr", "soc2", "iso27001", "owasp", "rbi", "dpdp", "cert-in"]),
);
export type FrameworkName = z.infer<ReturnType<typeof frameworkSchema>>;

/** One thing that a finding rests on: a look at the gateway, or a page. */
interface ReportGround {
  readonly type: "check" | "document";
  readonly title: string;
  readonly detail: string;
  readonly ok: boolean;
  readonly atMs: number;
}

export interface ComplianceReport {
  readonly disclaimer: string;
  readonly gatewayVersion: string;
  readonly atMs: number;
  readonly sections: readonly {
    readonly framework: string;
    readonly title: string;
    readonly summary: string;
    readonly findings: readonly {
      readonly controlId: string;
      readonly title: string;
      readonly isSatisfied: boolean;
      readonly reason: "pass" | "fail" | "other";
      readonly remarks: string;
      readonly needsPeople: boolean;
      readonly restsOn: readonly ReportGround[];
    }[];
  }[];
  /** The same as OSCAL assessment-results. */
  readonly oscal: object;
}
