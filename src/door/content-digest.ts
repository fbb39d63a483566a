import { fromBase64 } from "#base";
import { isInnerList, parseDictionary } from "structured-headers";

/** The two algorithms that count (SIG-14); others are ignored, and alone they are not enough. */
const ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ["sha-256", "SHA-256"],
  ["sha-512", "SHA-512"],
]);

/** What nearly everybody sends: one digest, plainly written. It needs no parser. */
const PLAIN = /^sha-256=:([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=):$/;

/** Whether a `Content-Digest` field holds for these bytes: one known digest at least, and every known one right (RFC 9530). */
export async function contentDigestHolds(
  field: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const digests = knownDigests(field);
  if (!digests || digests.length === 0) return false;
  for (const { algorithm, value } of digests) {
    const actual = await crypto.subtle.digest(algorithm, body);
    // No secret is compared here: the digest of what the caller itself sent.
    if (value.byteLength !== actual.byteLength) return false;
    if (!crypto.subtle.timingSafeEqual(value, actual)) return false;
  }
  return true;
}

function knownDigests(
  field: string,
): { algorithm: string; value: ArrayBuffer | Uint8Array<ArrayBuffer> }[] | undefined {
  const plain = PLAIN.exec(field)?.[1];
  if (plain !== undefined) return [{ algorithm: "SHA-256", value: fromBase64(plain) }];
  const found: { algorithm: string; value: ArrayBuffer }[] = [];
  let members: ReturnType<typeof parseDictionary>;
  try {
    members = parseDictionary(field);
  } catch {
    return undefined; // Not a structured dictionary (RFC 9651): refused whole (SIG-16).
  }
  for (const [name, member] of members) {
    const algorithm = ALGORITHMS.get(name);
    if (algorithm === undefined) continue;
    if (isInnerList(member) || !(member[0] instanceof ArrayBuffer)) return undefined;
    found.push({ algorithm, value: member[0] });
  }
  return found;
}
