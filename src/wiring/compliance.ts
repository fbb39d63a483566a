/** Evidence for the compliance report: the live checks of security, looked at for it (docs/security-status.md). */
import { version } from "../../package.json";
import type { HttpDeps } from "#http";
import type { CheckResult } from "#ops";
import { type Evidence, isEvidenceId, reportOf } from "#ops-compliance";
import type { ResidencyReport } from "#residency";
import type { Merchant } from "#vault";
import { clock } from "../platform.ts";

/** What the evidence is taken from. */
interface EvidencePorts {
  readonly checks: (merchant: Merchant) => Promise<readonly CheckResult[]>;
  readonly residency: () => Promise<ResidencyReport>;
}

export function compliancePorts(ports: EvidencePorts): Pick<HttpDeps, "complianceReport"> {
  return {
    async complianceReport(merchant, framework) {
      return reportOf({
        framework,
        evidence: await evidenceOf(ports, merchant),
        nowMs: clock(),
        gatewayVersion: version,
        newUuid: () => crypto.randomUUID(),
      });
    },
  };
}

/** What is not in it counts as not seen. */
async function evidenceOf(
  { checks, residency }: EvidencePorts,
  merchant: Merchant,
): Promise<Evidence[]> {
  const [results, rests] = await Promise.all([checks(merchant), residency()]);
  return results.flatMap(({ id, ok, detail, atMs }): Evidence[] => {
    if (!isEvidenceId(id)) return [];
    // A gateway that claims nothing is in order; a control that asks for storage in India is not met by that.
    const claimsNothing = id === "residency" && rests.mode === "off";
    return [
      claimsNothing ? { id, ok: false, detail: rests.statement, atMs } : { id, ok, detail, atMs },
    ];
  });
}
