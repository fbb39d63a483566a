/** India's Digital Personal Data Protection Act 2023 and its Rules of 2025: the merchant is the fiduciary. */
import { type Control, control, type Framework, looks, people, written } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control(
    "dpdp-s5",
    "Persons are given notice",
    people("The merchant speaks with its customers, not the gateway."),
  ),
  control("dpdp-s8.4", "Technical and organisational measures", looks(["masking", "keys_due"])),
  control(
    "dpdp-s8.5",
    "Reasonable safeguards against breaches",
    looks(["signatures_required", "keys_due", "audit_chain"]),
  ),
  control(
    "dpdp-s8.6",
    "Breaches are told to the Board and to persons",
    people("A notice is an act of persons."),
  ),
  control("dpdp-s8.7", "Data is erased when its purpose is over", written("retention", "privacy")),
  control(
    "dpdp-s10",
    "Duties of significant data fiduciaries",
    people("The government names them; the merchant knows whether it is one."),
  ),
  control("dpdp-s11", "A person's data can be given out", written("privacy")),
  control("dpdp-s12", "A person can be erased", written("privacy")),
  control(
    "dpdp-s13",
    "Grievances are heard",
    people("Somebody has to listen; the gateway has no contact with payers."),
  ),
  control("dpdp-r6.1.a", "Encryption or masking", looks(["masking", "keys_due"], ["keys"])),
  control("dpdp-r6.1.b", "Access is controlled", looks(["signatures_required", "operators_mfa"])),
  control("dpdp-r6.1.c", "Access is logged and watched", looks(["audit_chain"], ["audit"])),
  control("dpdp-r6.1.d", "Backups keep it going", looks(["backup_recent"], ["backup"])),
  control("dpdp-r6.1.e", "Logs are kept for a year", looks(["audit_sealing"], ["audit"])),
  control(
    "dpdp-r6.1.f",
    "Contracts with processors hold the same",
    people("Contracts are signed by persons."),
  ),
  control(
    "dpdp-r7",
    "Details of a breach within 72 hours",
    people("A notice to the Board is an act of persons."),
  ),
  control("dpdp-r14", "There are ways to use one's rights", written("privacy")),
];

export const DPDP: Framework = {
  title: "DPDP Act 2023 and Rules 2025",
  whole: "44 sections of the Act and 23 rules",
  controls: CONTROLS,
};
