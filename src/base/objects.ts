/** What Durable Objects of several rooms need: a door of its own, since the rest of the room also runs outside Workers. */
export { type AuditFact, auditOutbox } from "./audit-outbox.ts";
export { copyObject, type ObjectCopy, restoreObject } from "./object-dump.ts";
