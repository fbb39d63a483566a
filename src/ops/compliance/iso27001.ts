/** ISO/IEC 27001:2022, Annex A: the controls that apply to a program. */
import { type Control, control, type Framework, looks, people, written } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control(
    "iso-a.5.1",
    "Policies for information security",
    people("Policies are decided and signed by the management."),
  ),
  control("iso-a.5.9", "An inventory of assets", looks(["key_ages"], ["architecture"])),
  control("iso-a.5.15", "Rules of access", looks(["signatures_required"], ["apiKeys"])),
  control("iso-a.5.17", "Authentication information is managed", looks(["keys_due"], ["apiKeys"])),
  control(
    "iso-a.5.18",
    "Rights of access are reviewed",
    people("A review is an act of the persons responsible."),
  ),
  control(
    "iso-a.5.19",
    "Security in relations with suppliers",
    people("Agreements with the platform and the providers are kept by the operator."),
  ),
  control(
    "iso-a.5.24",
    "Incidents are prepared for",
    people("A plan names persons and telephone numbers, which stand outside of the gateway."),
  ),
  control("iso-a.5.28", "Evidence is collected and kept", looks(["audit_chain", "audit_sealing"])),
  control("iso-a.5.30", "Continuity is planned and tested", looks(["backup_recent"], ["disaster"])),
  control("iso-a.5.33", "Records are protected", looks(["audit_sealing"], ["audit"])),
  control("iso-a.5.34", "Personal data is protected", looks(["masking"], ["privacy"])),
  control("iso-a.5.37", "Procedures of operation are written down", written("deploy", "disaster")),
  control("iso-a.6.3", "Awareness and training", people("Persons are trained, not programs.")),
  control(
    "iso-a.7.1",
    "Physical perimeters",
    people("The platform's data centres are audited by others."),
  ),
  control("iso-a.8.2", "Privileged rights are restricted", looks(["operators_mfa"], ["apiKeys"])),
  control("iso-a.8.3", "Access to information is restricted", looks(["signatures_required"])),
  control("iso-a.8.5", "Authentication is secure", looks(["signatures_required", "operators_mfa"])),
  control("iso-a.8.6", "Capacity is managed", looks(["durable_objects", "kv"])),
  control(
    "iso-a.8.8",
    "Technical vulnerabilities are managed",
    people("No look of this report matches the deployed bundle with advisories."),
  ),
  control("iso-a.8.9", "Configuration is managed", looks(["audit_chain"], ["configuration"])),
  control("iso-a.8.10", "Information is deleted", written("retention", "privacy")),
  control("iso-a.8.11", "Data is masked", looks(["masking"])),
  control("iso-a.8.12", "Data does not leak", looks(["masking", "secure_headers"])),
  control("iso-a.8.13", "Backups", looks(["backup_recent"], ["backup"])),
  control("iso-a.8.14", "Redundancy", looks(["durable_objects"], ["degradation"])),
  control("iso-a.8.15", "Logging", looks(["audit_chain", "audit_sealing"], ["audit"])),
  control(
    "iso-a.8.16",
    "Monitoring",
    looks(["breakers_closed", "tokens_fresh", "webhooks_heard", "risk_profiles"]),
  ),
  control(
    "iso-a.8.17",
    "Clocks are synchronised",
    people("The platform keeps the clocks, and shows no proof of it to programs."),
  ),
  control("iso-a.8.20", "Networks are secured", looks(["signatures_required"], ["deploy"])),
  control("iso-a.8.24", "Cryptography is used by rule", looks(["keys_due", "key_ages"], ["keys"])),
  control(
    "iso-a.8.26",
    "Applications have security requirements",
    looks(["secure_headers"], ["openapi"]),
  ),
  control("iso-a.8.27", "Architecture follows principles", written("architecture")),
  control(
    "iso-a.8.28",
    "Code is written securely",
    people("How code is written and reviewed is seen where the code is kept."),
  ),
  control("iso-a.8.31", "Development and production are apart", written("deploy")),
];

export const ISO_27001: Framework = {
  title: "ISO/IEC 27001:2022, Annex A",
  whole: "93 controls",
  controls: CONTROLS,
};
