/** CERT-In's directions of 28 April 2022 under section 70B(6) of the IT Act. */
import { type Control, control, type Framework, looks, people } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control(
    "certin-1",
    "Clocks are traceable to NIC or NPL",
    people("The platform keeps the clocks, and shows no proof of it to programs."),
  ),
  control(
    "certin-2.report",
    "Incidents reach CERT-In within 6 hours of notice",
    people("A report is an act of persons."),
  ),
  control(
    "certin-2.detect.chain",
    "Tampering with logs is noticed",
    looks(["audit_chain"], ["audit"]),
  ),
  control(
    "certin-2.detect.access",
    "Attempts to get in without right are refused",
    looks(["signatures_required"]),
  ),
  control("certin-2.detect.leak", "Data does not leak into logs and answers", looks(["masking"])),
  control("certin-2.detect.fraud", "Fraudulent payments are watched for", looks(["risk_profiles"])),
  control(
    "certin-3.contact",
    "A point of contact is named",
    people("A contact is a person, named to CERT-In by the operator."),
  ),
  control(
    "certin-3.information",
    "Information can be given when it is asked for",
    looks(["audit_chain", "audit_sealing"], ["audit"]),
  ),
  control("certin-4.logs", "Logs are kept for 180 days", looks(["audit_sealing"], ["audit"])),
  control(
    "certin-4.india",
    "Logs are kept in India",
    looks(["audit_sealing", "residency"], ["residency"]),
  ),
  control(
    "certin-4.security",
    "Logs are kept securely",
    looks(["keys_due", "audit_chain"], ["keys"]),
  ),
  control(
    "certin-5",
    "Providers of servers register their customers",
    people("The gateway rents no servers out; a reviewer confirms that it does not apply."),
  ),
  control(
    "certin-6",
    "Virtual assets: customers are known, records kept",
    people("The gateway moves no virtual assets; a reviewer confirms that it does not apply."),
  ),
];

export const CERT_IN: Framework = {
  title: "CERT-In directions of 28 April 2022",
  whole: "6 directions, some of which are listed in parts",
  controls: CONTROLS,
};
