export { contentDigestHolds } from "./content-digest.ts";
export {
  type AdmitAnswer,
  type AdmitRequest,
  type GateDeps,
  GateObjectBase,
} from "./gate-object.ts";
export { pageHeaders } from "./page-headers.ts";
export { BODY_BYTES_MAX, readBody } from "./read-body.ts";
export { SECURE_HEADERS } from "./secure-headers.ts";
export { type SignatureOptions, type SignedRequest, verifySignedRequest } from "./signature.ts";
export { type Scope, SCOPES, TIERS } from "#vault";
