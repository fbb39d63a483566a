/** Reserve Bank of India: storage of payment data, payment aggregators, cyber resilience. */
import { type Control, control, type Framework, looks, people } from "./control.ts";

const CONTROLS: readonly Control[] = [
  control(
    "rbi-storage.1",
    "Payment data is stored in India only",
    looks(["residency"], ["residency"]),
  ),
  control(
    "rbi-storage.2",
    "What was processed abroad is brought back within a day",
    looks(["residency", "backup_recent"], ["residency"]),
  ),
  control(
    "rbi-storage.3",
    "An audit of the storage by a CERT-In empanelled auditor",
    people("The audit is made and signed by persons."),
  ),
  control(
    "rbi-pa.baseline.1",
    "Data is encrypted, keys are managed",
    looks(["keys_due"], ["keys"]),
  ),
  control(
    "rbi-pa.baseline.2",
    "Access is by need",
    looks(["signatures_required", "operators_mfa"], ["apiKeys"]),
  ),
  control("rbi-pa.baseline.3", "Fraud is watched for", looks(["risk_profiles"])),
  control("rbi-pa.baseline.4", "Continuity is planned", looks(["backup_recent"], ["disaster"])),
  control(
    "rbi-pa.baseline.5",
    "Security is governed by the board",
    people("A board decides, not a program."),
  ),
  control("rbi-pa.cof", "No card details are kept on file", looks(["masking"], ["privacy"])),
  control(
    "rbi-pa.refund",
    "Refunds go to the original instrument",
    people("The provider decides where a refund goes."),
  ),
  control(
    "rbi-tat",
    "Failed transactions do not linger",
    looks(["durable_objects", "breakers_closed"], ["reliability"]),
  ),
  control("rbi-pa.merchant", "Merchants are told of every end", looks(["notifications_delivered"])),
  control(
    "rbi-cyber.incident",
    "Incidents reach RBI within 6 hours",
    people("A report to a regulator is an act of persons."),
  ),
  control(
    "rbi-cyber.log",
    "Logs are kept and cannot be altered",
    looks(["audit_chain", "audit_sealing"]),
  ),
  control(
    "rbi-cyber.api",
    "Interfaces authenticate and are limited",
    looks(["signatures_required"], ["openapi"]),
  ),
  control(
    "rbi-cyber.vendor",
    "Vendors follow the same rules by contract",
    people("Contracts are signed by persons."),
  ),
  control(
    "rbi-cyber.test",
    "Vulnerability and penetration tests",
    people("A penetration test is made by persons who are independent of the gateway."),
  ),
];

export const RBI: Framework = {
  title: "RBI: storage of payment data, payment aggregators, cyber resilience",
  whole: "directions in prose of 2018, 2024 and 2025, without a numbered list of controls",
  controls: CONTROLS,
};
