/** PCI DSS 4.0.1, as a service provider that never sees a card number. */
import { type Control, control, type Framework, looks, people, written } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control("pci-3.2.1", "Retention and deletion are written down", written("retention")),
  control(
    "pci-3.3.1",
    "No CVV, PIN or track data: no field takes one, and none is kept",
    looks(["masking"], ["openapi"]),
  ),
  control("pci-3.4.1", "A card number is shown masked", looks(["masking"])),
  control("pci-3.5.1", "No card number is stored readable", looks(["masking"], ["keys"])),
  control(
    "pci-3.6.1",
    "Keys are protected against disclosure and misuse",
    looks(["keys_due"], ["keys"]),
  ),
  control("pci-3.6.1.1", "The architecture of keys is documented", written("keys")),
  control(
    "pci-3.6.1.2",
    "Keys are stored wrapped by keys as strong",
    looks(["key_ages"], ["keys"]),
  ),
  control(
    "pci-3.6.1.3",
    "The fewest people hold keys",
    people("Who may read the platform's secrets is known to its administrators."),
  ),
  control("pci-3.7.1", "Keys are generated strong", written("keys")),
  control(
    "pci-3.7.4",
    "Keys are replaced at the end of their period",
    looks(["keys_due", "key_ages"]),
  ),
  control(
    "pci-3.7.5",
    "Keys are retired or replaced when weak or suspected",
    looks(["keys_due"], ["keys"]),
  ),
  control("pci-3.7.7", "A key or envelope cannot be substituted", written("keys")),
  control(
    "pci-4.2.1",
    "TLS 1.2 or later on open networks",
    people("The lowest TLS version is a setting of the platform's zone, which is not read here."),
  ),
  control("pci-4.2.1.1", "Trusted keys are inventoried", looks(["key_ages"])),
  control(
    "pci-6.2.4",
    "The code resists the common classes of attack",
    looks(["signatures_required", "secure_headers"], ["openapi"]),
  ),
  control(
    "pci-6.3.2",
    "Third-party components are inventoried",
    people("No look of this report compares the deployed bundle with its bill of materials."),
  ),
  control(
    "pci-6.4.2",
    "An automated control stops attacks at the door",
    looks(["signatures_required"]),
  ),
  control(
    "pci-6.5.1",
    "Changes are controlled",
    people("Approvals of changes are kept where the code is kept."),
  ),
  control("pci-6.5.3", "Test and production are apart", written("deploy")),
  control(
    "pci-7.2.1",
    "Access follows a model of roles",
    looks(["signatures_required"], ["apiKeys"]),
  ),
  control(
    "pci-7.2.4",
    "Accounts are reviewed every six months",
    people("A review is an act of the persons responsible."),
  ),
  control("pci-7.3.3", "Access is denied by default", looks(["signatures_required"])),
  control("pci-8.4.2", "All access to the environment takes MFA", looks(["operators_mfa"])),
  control("pci-8.5.1", "MFA cannot be bypassed", looks(["operators_mfa"])),
  control("pci-8.6.2", "No passwords stand in code or configuration", written("deploy")),
  control("pci-8.6.3", "Secrets of applications are rotated", looks(["keys_due"], ["apiKeys"])),
  control("pci-10.2.1", "What happens is logged", looks(["audit_chain"], ["audit"])),
  control("pci-10.2.2", "Entries say who, what, when, where", looks(["audit_chain"], ["audit"])),
  control("pci-10.3.2", "The log cannot be altered", looks(["audit_chain", "audit_sealing"])),
  control("pci-10.3.3", "The log is copied off at once", looks(["audit_sealing"])),
  control("pci-10.3.4", "Changes to the log are detected", looks(["audit_chain"])),
  control("pci-10.4.1.1", "A machine reviews the log", looks(["audit_chain"], ["audit"])),
  control("pci-10.5.1", "The log is kept for twelve months", looks(["audit_sealing"], ["audit"])),
  control(
    "pci-10.6.1",
    "Clocks are in step",
    people("The platform keeps the clocks, and shows no proof of it to programs."),
  ),
  control(
    "pci-10.7.2",
    "Failed security controls are noticed",
    looks(["audit_chain", "masking", "signatures_required"], ["degradation"]),
  ),
  control(
    "pci-11.4",
    "Penetration tests",
    people("A penetration test is made by persons who are independent of the gateway."),
  ),
  control(
    "pci-12.8",
    "Third parties are managed",
    people("Agreements with the platform and the providers are kept by the operator."),
  ),
  control(
    "pci-12.10.1",
    "An incident plan is ready",
    people("A plan names persons and telephone numbers, which stand outside of the gateway."),
  ),
  control("pci-a1.1.2", "A tenant cannot reach another's data", written("architecture")),
  control(
    "pci-a1.2.1",
    "Each tenant has its own log, and is given it",
    looks(["audit_chain"], ["audit"]),
  ),
];

export const PCI_DSS: Framework = {
  title: "PCI DSS 4.0.1",
  whole: "12 requirements with more than 250 numbered ones below them",
  controls: CONTROLS,
};
