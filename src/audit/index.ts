export { canonicalJson } from "./canonical-json.ts";
export {
  type Entry,
  type EntryBody,
  genesisHash,
  hashedText,
  hashOf,
  lineOf,
  monthOf,
} from "./entry.ts";
export { maskEvent, maskFields, maskText } from "./mask.ts";
export {
  removalName,
  type SealedSegment,
  sealSegment,
  segmentName,
  type Signer,
  signRemoval,
} from "./segment.ts";
export { type AuditKeys, auditKeysSchema, type AuditReport, makeVerifier } from "./verify.ts";
export { type Fault, FAULTS, type Finding } from "./verify-segment.ts";
