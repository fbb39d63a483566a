/** The log's Durable Object: a door of its own, since the rest of the room also runs outside Workers (`audit:verify`). */
export { AuditObjectBase } from "./audit-object.ts";
export type { AuditDeps, SegmentBucket } from "./ports.ts";
export type { FoundEntry } from "./search.ts";
