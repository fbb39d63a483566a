/** GDPR (Regulation (EU) 2016/679): the gateway is the processor, the merchant the controller. */
import { type Control, control, type Framework, looks, people, written } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control("gdpr-5.1.b", "Data is kept for a stated purpose", written("privacy")),
  control("gdpr-5.1.c", "No more is kept than is needed", looks(["masking"], ["privacy"])),
  control("gdpr-5.1.e", "Data is kept no longer than needed", written("retention")),
  control(
    "gdpr-5.1.f",
    "Integrity and confidentiality",
    looks(["masking", "keys_due", "audit_chain"]),
  ),
  control("gdpr-5.2", "It can be shown what was done", looks(["audit_chain"], ["audit"])),
  control(
    "gdpr-6",
    "There is a lawful basis",
    people("The merchant decides on the basis of its processing."),
  ),
  control("gdpr-15", "A person's data can be given out", written("privacy")),
  control(
    "gdpr-12.3",
    "Requests of persons are answered within a month",
    people("The calls exist; that somebody makes them in time is the merchant's duty."),
  ),
  control("gdpr-17", "A person can be erased", written("privacy", "retention")),
  control("gdpr-20", "A person's data can be carried elsewhere", written("privacy")),
  control(
    "gdpr-25.1",
    "Protection by design: pseudonyms, masking",
    looks(["masking"], ["privacy"]),
  ),
  control("gdpr-25.2", "The narrow setting is the default", looks(["masking"], ["retention"])),
  control("gdpr-28.3", "A processor's contract", people("A contract is signed by persons.")),
  control("gdpr-30.2", "A record of processing", written("privacy")),
  control(
    "gdpr-32.1.a",
    "Pseudonymisation and encryption",
    looks(["keys_due", "key_ages", "masking"], ["keys"]),
  ),
  control(
    "gdpr-32.1.b",
    "Lasting confidentiality, integrity, availability",
    looks(["audit_chain", "durable_objects", "signatures_required"], ["degradation"]),
  ),
  control("gdpr-32.1.c", "Data can be restored in time", looks(["backup_recent"], ["disaster"])),
  control("gdpr-32.1.d", "Measures are tested regularly", looks(["audit_chain"], ["reliability"])),
  control(
    "gdpr-33",
    "The authority hears of a breach within 72 hours",
    people("A notice to an authority is an act of persons."),
  ),
  control(
    "gdpr-44",
    "Transfers to other countries are listed",
    people("Where the platform's objects lie depends on the operator's account and contract."),
  ),
];

export const GDPR: Framework = {
  title: "GDPR",
  whole: "99 articles",
  controls: CONTROLS,
};
