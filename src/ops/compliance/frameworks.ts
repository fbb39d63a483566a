import { CERT_IN } from "./cert-in.ts";
import type { Framework } from "./control.ts";
import { DPDP } from "./dpdp.ts";
import { GDPR } from "./gdpr.ts";
import { ISO_27001 } from "./iso27001.ts";
import { OWASP } from "./owasp.ts";
import { PCI_DSS } from "./pci-dss.ts";
import { RBI } from "./rbi.ts";
import { SOC_2 } from "./soc2.ts";

/** The catalogue, by the name that a report is asked for by, in the order of a report of all. */
export const FRAMEWORKS = {
  "pci-dss": PCI_DSS,
  gdpr: GDPR,
  soc2: SOC_2,
  iso27001: ISO_27001,
  owasp: OWASP,
  rbi: RBI,
  dpdp: DPDP,
  "cert-in": CERT_IN,
} as const satisfies Record<string, Framework>;

export type FrameworkId = keyof typeof FRAMEWORKS;

export const FRAMEWORK_IDS: readonly FrameworkId[] = [
  "pci-dss",
  "gdpr",
  "soc2",
  "iso27001",
  "owasp",
  "rbi",
  "dpdp",
  "cert-in",
];
