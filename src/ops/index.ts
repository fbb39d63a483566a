export { exitCodeOf, type Finding, findingLine } from "./doctor/finding.ts";
export type { Answer, Ask, Silence } from "./doctor/probe.ts";
export { type DoctorInput, runDoctor } from "./doctor/run-doctor.ts";
export type { DoctorPorts } from "./doctor/session.ts";
export { type VerifyReport, verifyBackup } from "./backup/verify.ts";
export type { FileReader } from "./backup/files.ts";
