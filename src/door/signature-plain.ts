/**
 * The signature as our SDK writes it, and so nearly every signature: one label, plain components without parameters,
 * the five parameters that we know, each once, all in canonical spelling. Read with two regular expressions, in a
 * fifth of the library's time. Whatever differs in the least is not judged here but left to the library;
 * a property test holds the two against each other.
 */
import { fromBase64, ok, refused, type Result, utf8 } from "#base";
import {
  ALGORITHM,
  type Claims,
  keyOf,
  neededComponents,
  Refusal,
  type SignatureOptions,
  type SignatureRefusal,
  type SignedRequest,
} from "./signature-policy.ts";

const COMPONENT = "@method|@authority|@path|@query|content-type|content-digest|idempotency-key";
const PARAMETER =
  'created=(?:0|[1-9][0-9]{0,11})|expires=(?:0|[1-9][0-9]{0,11})|nonce="[A-Za-z0-9_-]{16,64}"|keyid="[A-Za-z0-9_-]{1,128}"|alg="hmac-sha256"';
const INPUT = new RegExp(
  `^([a-z][a-z0-9_-]{0,31})=(\\(("(?:${COMPONENT})"(?: "(?:${COMPONENT})")*)\\)((?:;(?:${PARAMETER}))+))$`,
);
const SIGNATURE = /^([a-z][a-z0-9_-]{0,31})=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/;

/** Everything of a signature that is needed to judge it. */
export interface PlainSignature {
  readonly claims: Claims;
  readonly components: readonly string[];
  /** The member of Signature-Input as received, without its label (SIG-2). */
  readonly parameters: string;
  readonly mac: Uint8Array<ArrayBuffer>;
}

/** Reads both fields, or gives `undefined` for everything that is not of the one plain form. */
export function readPlainSignature(headers: Headers): PlainSignature | undefined {
  const input = INPUT.exec(String(headers.get("signature-input")));
  const signature = SIGNATURE.exec(String(headers.get("signature")));
  if (!input || !signature) return undefined;
  const [label = "", parameters = "", list = "", tail = ""] = input.slice(1);
  const [macLabel, mac = ""] = signature.slice(1);
  if (label !== macLabel) return undefined;
  const components = list.slice(1, -1).split('" "');
  if (new Set(components).size !== components.length) return undefined;
  const claims = claimsOf(label, tail);
  return claims && { claims, components, parameters, mac: fromBase64(mac) };
}

/** Whether the plain signature of a request holds. */
export async function verifyPlain(
  request: Request,
  hasBody: boolean,
  {
    signature,
    options,
  }: { readonly signature: PlainSignature; readonly options: SignatureOptions },
): Promise<Result<SignedRequest, SignatureRefusal>> {
  const { claims, components, mac } = signature;
  const base = baseOf(request, signature);
  const covered = neededComponents(request.headers, hasBody).every((name) =>
    components.includes(name),
  );
  if (base === undefined || !covered) return refused("signature_invalid");
  try {
    const { signed, key } = await keyOf(claims, options);
    // WebCrypto compares all 32 bytes in constant time (SIG-13).
    const holds = await crypto.subtle.verify("HMAC", key, mac, utf8(base));
    return holds ? ok(signed) : refused("signature_invalid");
  } catch (error) {
    if (error instanceof Refusal) return refused(error.code);
    throw error;
  }
}

/** Every needed parameter once; a doubled one is not plain. */
function claimsOf(label: string, tail: string): Claims | undefined {
  const values = new Map<string, string>();
  for (const part of tail.slice(1).split(";")) {
    const at = part.indexOf("=");
    if (values.has(part.slice(0, at))) return undefined;
    values.set(part.slice(0, at), part.slice(at + 1).replaceAll('"', ""));
  }
  if (values.get("alg") !== ALGORITHM) return undefined;
  const [created, expires] = [values.get("created"), values.get("expires")];
  const [nonce, keyid] = [values.get("nonce"), values.get("keyid")];
  if (created === undefined || nonce === undefined || keyid === undefined) return undefined;
  return {
    label,
    parameters: {
      created: Number(created),
      expires: expires === undefined ? undefined : Number(expires),
      nonce,
      keyid,
    },
  };
}

/** SIG-1: one line per component, the parameters last. `undefined` when a covered field is not there (SIG-5). */
function baseOf(request: Request, { components, parameters }: PlainSignature): string | undefined {
  // A request on the wire has no fragment: one that was made with one is nobody's.
  if (request.url.includes("#")) return undefined;
  let base = "";
  for (const name of components) {
    const value = valueOf(request, name);
    if (value === undefined) return undefined;
    base += `"${name}": ${value}\n`;
  }
  return `${base}"@signature-params": ${parameters}`;
}

/** The runtime has put the URL into its normal form: parts of it are cut out as they stand (SIG-3, SIG-17). */
function valueOf({ method, url, headers }: Request, name: string): string | undefined {
  if (!name.startsWith("@")) return headers.get(name) ?? undefined;
  if (name === "@method") return method;
  const hostAt = url.indexOf("://") + 3;
  const pathAt = url.indexOf("/", hostAt);
  if (name === "@authority") return url.slice(hostAt, pathAt);
  const queryAt = url.indexOf("?", pathAt);
  if (name === "@query") return queryAt < 0 ? "?" : url.slice(queryAt);
  return url.slice(pathAt, queryAt < 0 ? url.length : queryAt);
}
