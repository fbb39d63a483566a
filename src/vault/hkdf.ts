/** HKDF-SHA256 (RFC 5869), the only way in which a key comes out of a root (GCM-6). */
const BITS_PER_BYTE = 8;

/** `byteLength` bytes that tell nothing of `material`, nor of what another `info` gives. */
export async function hkdfSha256(
  material: Uint8Array<ArrayBuffer>,
  {
    salt,
    info,
    byteLength,
  }: {
    readonly salt: Uint8Array<ArrayBuffer>;
    readonly info: Uint8Array<ArrayBuffer>;
    readonly byteLength: number;
  },
): Promise<Uint8Array<ArrayBuffer>> {
  const base = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf, base, byteLength * BITS_PER_BYTE));
}
