/** SOC 2: the trust services criteria of 2017 with the points of focus of 2022, as far as they apply. */
import { type Control, control, type Framework, looks, people, written } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control(
    "soc2-cc1.1",
    "Integrity and ethical values",
    people("An organisation shows its values, not its program."),
  ),
  control("soc2-cc2.1", "Good information is used", looks(["audit_chain"], ["audit"])),
  control(
    "soc2-cc2.3",
    "Outsiders are told what they need to know",
    looks(["notifications_delivered"], ["openapi"]),
  ),
  control(
    "soc2-cc3.2",
    "Risks are identified and analysed",
    people("An analysis of risks is made and signed by persons."),
  ),
  control(
    "soc2-cc4.1",
    "Controls are evaluated continually",
    looks(["audit_chain", "signatures_required", "secure_headers"]),
  ),
  control(
    "soc2-cc5.2",
    "Technology has general controls",
    looks(["signatures_required", "audit_chain"], ["architecture"]),
  ),
  control(
    "soc2-cc6.1",
    "Logical access is restricted",
    looks(["signatures_required", "keys_due"], ["apiKeys"]),
  ),
  control("soc2-cc6.2", "Who enters is registered first", looks(["operators_mfa"], ["apiKeys"])),
  control("soc2-cc6.3", "Access follows roles", looks(["signatures_required"], ["apiKeys"])),
  control(
    "soc2-cc6.4",
    "Physical access",
    people("The platform's data centres are audited by others."),
  ),
  control("soc2-cc6.5", "Data is disposed of", written("retention", "keys")),
  control(
    "soc2-cc6.6",
    "Threats from outside are kept out",
    looks(["signatures_required", "secure_headers", "operators_mfa"]),
  ),
  control(
    "soc2-cc6.7",
    "Data is protected on its way",
    looks(["signatures_required", "secure_headers"], ["encryption"]),
  ),
  control(
    "soc2-cc6.8",
    "Unwanted software is prevented",
    people("Who may deploy is set at the platform and where the code is kept."),
  ),
  control(
    "soc2-cc7.1",
    "Changes of configuration are seen",
    looks(["audit_chain"], ["configuration"]),
  ),
  control(
    "soc2-cc7.2",
    "The system is watched for anomalies",
    looks(["risk_profiles", "webhooks_heard", "breakers_closed"]),
  ),
  control(
    "soc2-cc7.3",
    "Security events are evaluated",
    people("Somebody has to read the alerts and to decide."),
  ),
  control("soc2-cc7.5", "It recovers from incidents", looks(["backup_recent"], ["disaster"])),
  control(
    "soc2-cc8.1",
    "Changes are authorised, tested, approved",
    people("Approvals of changes are kept where the code is kept."),
  ),
  control(
    "soc2-cc9.2",
    "Vendors are managed",
    people("Agreements with the platform and the providers are kept by the operator."),
  ),
  control("soc2-a1.1", "Capacity is watched", looks(["durable_objects", "kv"])),
  control("soc2-a1.2", "Backups and recovery are there", looks(["backup_recent"], ["backup"])),
  control("soc2-a1.3", "Recovery is tested", written("disaster", "reliability")),
  control("soc2-c1.1", "Confidential data is protected", looks(["masking", "keys_due"])),
  control("soc2-c1.2", "Confidential data is disposed of", written("retention")),
  control("soc2-pi1.3", "Processing is complete and right", written("reliability")),
  control("soc2-pi1.4", "Results are delivered", looks(["notifications_delivered"])),
];

export const SOC_2: Framework = {
  title: "SOC 2 (trust services criteria)",
  whole: "61 criteria, 33 of them common",
  controls: CONTROLS,
};
