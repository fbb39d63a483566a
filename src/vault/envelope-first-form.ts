/**
 * Envelopes from before data keys were shared: `fp1.<root id>.<wrapped data key>.<text>`, a data key each, under the
 * first generation. They are opened and never made.
 */
import { decrypt, importAesKey } from "./aes-gcm.ts";
import type { EnvelopeContext } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";

const VERSION = "fp1";

export function isFirstForm(envelope: string): boolean {
  return envelope.startsWith(`${VERSION}.`);
}

/** `undefined` where the form or the root is wrong; throws where the cryptography refuses. */
export async function openFirstForm(
  keyring: Keyring,
  { purpose, identity }: EnvelopeContext,
  envelope: string,
): Promise<string | undefined> {
  const [, rootId, wrapped, text, ...rest] = envelope.split(".");
  if (!rootId || !wrapped || !text || rest.length > 0) return undefined;
  const kek = await keyring.kek(purpose, { rootId, generation: 1 });
  if (!kek) return undefined;
  const bound = JSON.stringify([VERSION, purpose, rootId, ...identity]);
  const bytes = new Uint8Array(await decrypt(kek, bound, wrapped));
  const key = await importAesKey(bytes);
  bytes.fill(0);
  const plain = await decrypt(key, bound, text);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
}
