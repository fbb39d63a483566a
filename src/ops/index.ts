export { exitCodeOf, type Finding, findingLine } from "./doctor/finding.ts";
export type { Answer, Ask, Silence } from "./doctor/probe.ts";
export { type DoctorInput, runDoctor } from "./doctor/run-doctor.ts";
export type { DoctorPorts } from "./doctor/session.ts";
export { type VerifyReport, verifyBackup } from "./backup/verify.ts";
export type { FileReader } from "./backup/files.ts";
export { type CheckResult, type Circuit, runChecks } from "./checks/check.ts";
export { type CheckPorts, securityChecks } from "./checks/catalogue.ts";
export { metricsText } from "./status/metrics.ts";
export {
  type SecurityLook,
  type SecurityStatus,
  securityStatus,
  windowBefore,
} from "./status/security-status.ts";
