export { type AdmissionPorts, admit, type Arrival, gateNames } from "./admission.ts";
export {
  addressStatus,
  type AddressWatch,
  type Noted,
  noteExhausted,
  noteRefused,
} from "./address-watch.ts";
export { type AnswerSigning, type AnswerToSign, signAnswer } from "./answer-signature.ts";
export { contentDigestHolds } from "./content-digest.ts";
export { corsHeaders, isPreflight, preflightHeaders } from "./cors.ts";
export {
  type AdmitAnswer,
  type AdmitRequest,
  type GateDeps,
  GateObjectBase,
} from "./gate-object.ts";
export { isAllowedAddress } from "./ip-allow-list.ts";
export { type Load, LOAD_LIMITS, makeLoad } from "./load.ts";
export { admitReadLocally } from "./local-reads.ts";
export { rateFields, retryAfterSec } from "./rate-fields.ts";
export type { RateStatus } from "./rate-window.ts";
export { pageHeaders } from "./page-headers.ts";
export { BODY_BYTES_MAX, readBody } from "./read-body.ts";
export { makeRefusalCounter, type RefusalCounter } from "./refusal-counter.ts";
export { type RefusalCounts, type RefusalDeps, RefusalObjectBase } from "./refusal-object.ts";
export { PAGE_SECURE_HEADERS, SECURE_HEADERS } from "./secure-headers.ts";
export { verifySignedRequest } from "./signature.ts";
export type { SignatureOptions, SignedRequest } from "./signature-policy.ts";
// What http may know of keys; it does not see the vault itself.
export {
  type ApiKeyOrder,
  type ApiKeyRecord,
  configForm,
  type ConfigOrder,
  type ConfigPage,
  type ConfigRefusal,
  type ConfigVersion,
  CREDENTIAL_FORMS,
  credentialKind,
  type CredentialName,
  credentialName,
  type CredentialOrder,
  type CredentialView,
  endsAtMs,
  KEY_NAMES,
  type KeyInventory,
  type KeyName,
  type KeyVersions,
  type MadeKey,
  type RollbackOrder,
  type Scope,
  SCOPES,
  stateOf,
  TIERS,
} from "#vault";
