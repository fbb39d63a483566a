/** The room's Durable Objects: a door of their own, since the rest of the room also runs outside Workers. */
export { type BackupDeps, BackupObjectBase } from "./backup/backup-object.ts";
export type { Restoration } from "./backup/backup-state.ts";
export type { Bucket, Sealing } from "./backup/files.ts";
export type { Source, Target } from "./backup/ports.ts";
export type { RestoreRefusal } from "./backup/restore-run.ts";
export type { SelfTestPorts } from "./self-test/ports.ts";
export {
  type SecurityAlert,
  type SelfTestDeps,
  SelfTestObjectBase,
} from "./self-test/self-test-object.ts";
