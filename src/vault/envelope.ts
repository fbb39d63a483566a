/**
 * Envelope encryption: AES-256-GCM under a data key, that key wrapped by the key-encryption key of a purpose, root and
 * generation. All that opening needs stands in the envelope, so that no rotation can make one unreadable (I12). What
 * is authenticated binds text and key to where they belong: an envelope, or a part of one, that is moved to another
 * merchant, record, version or envelope does not open (GCM-4). Opening gives the text or nothing (GCM-5).
 */
import { randomBytes, toBase64Url, utf8 } from "#base";
import { AES_KEY_BYTES, decrypt, encrypt, importAesKey, sealedText } from "./aes-gcm.ts";
import type { DataKey } from "./data-keys.ts";
import { isFirstForm, openFirstForm } from "./envelope-first-form.ts";
import { type KeyPurpose, parseGeneration } from "./generations.ts";
import { type KekId, type Keyring, ROOT_ID } from "./keyring.ts";

const VERSION = "fp2";
const DATA_KEY_ID_BYTES = 16;
const DATA_KEY_ID = /^[A-Za-z0-9_-]{22}$/;
/** GCM allows far more; nothing we seal is longer (GCM-3). */
const TEXT_BYTES_MAX = 1_048_576;
const UTF8_BYTES_PER_UNIT_MAX = 3;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export interface EnvelopeContext {
  readonly purpose: KeyPurpose;
  /** Who and what the text belongs to: tenant, kind, id, version. Order matters; data keys are the tenant's own. */
  readonly identity: readonly string[];
}

/**
 * Seals a text: `fp2.<root id>.<generation>.<data key id>.<wrapped data key>.<text>`, the last two parts IV, ciphertext
 * and tag in base64url. Throws for a text beyond 1 MiB.
 */
export async function seal(
  keyring: Keyring,
  context: EnvelopeContext,
  text: string,
): Promise<string> {
  if (isTooLong(text)) throw new Error("envelope: the text is too long");
  const known = keyring.generations.of(context.purpose);
  const generation = typeof known === "number" ? known : await known;
  const kek = { rootId: keyring.currentId, generation };
  const warm = keyring.dataKeys.take(sealingName(context, kek));
  const { id, key, head } = warm ?? (await makeDataKey(keyring, context, kek));
  const { iv, body } = encrypt(key, textBound(context, id), text);
  return `${head}.${sealedText(iv, await body)}`;
}

/** Opens an envelope, of the first form too, or gives `undefined` for every kind of failure alike. */
export async function open(
  keyring: Keyring,
  context: EnvelopeContext,
  envelope: string,
): Promise<string | undefined> {
  try {
    if (isFirstForm(envelope)) return await openFirstForm(keyring, context, envelope);
    const cut = envelope.lastIndexOf(".");
    // The wrapped key is part of the name: a forged one under a known id finds nothing, and has to be unwrapped.
    const warm = keyring.dataKeys.opening.get(envelope.slice(0, cut));
    const isOwn = warm?.tenant === tenantOf(context) && warm.purpose === context.purpose;
    const dataKey = isOwn ? warm : await unwrapDataKey(keyring, context, envelope);
    if (!dataKey) return undefined;
    const text = envelope.slice(cut + 1);
    return decoder.decode(await decrypt(dataKey.key, textBound(context, dataKey.id), text));
  } catch {
    // Reached by bad base64, a wrong tag, a foreign context or a damaged key: all mean "does not open".
    return undefined;
  }
}

/**
 * The same text for the same context, its data key wrapped by the current key-encryption key; an envelope that has
 * that already comes back as it is, one of the first form is sealed anew. `undefined` for one that does not open.
 */
export async function rewrap(
  keyring: Keyring,
  context: EnvelopeContext,
  envelope: string,
): Promise<string | undefined> {
  const text = await open(keyring, context, envelope);
  if (text === undefined) return undefined;
  const parts = parse(envelope);
  if (!parts) return seal(keyring, context, text);
  const generation = await keyring.generations.of(context.purpose);
  const kek = { rootId: keyring.currentId, generation };
  if (parts.rootId === kek.rootId && parts.generation === kek.generation) return envelope;
  const bytes = await unwrap(keyring, context, parts);
  if (!bytes) return undefined;
  const head = await wrap(keyring, context, { kek, id: parts.id, bytes });
  bytes.fill(0);
  return `${head}.${parts.text}`;
}

/** Which key-encryption key an envelope names, whether or not it opens. */
export function kekOf(envelope: string): KekId | undefined {
  const [version, rootId = "", generation = ""] = envelope.split(".");
  if (!ROOT_ID.test(rootId)) return undefined;
  if (isFirstForm(envelope)) return { rootId, generation: 1 };
  const parsed = parseGeneration(generation);
  return version === VERSION && parsed !== undefined ? { rootId, generation: parsed } : undefined;
}

interface Parts extends KekId {
  readonly id: string;
  readonly wrapped: string;
  readonly text: string;
}

function parse(envelope: string): Parts | undefined {
  const [version, rootId, generationText, id, wrapped, text, ...rest] = envelope.split(".");
  if (version !== VERSION || !rootId || !generationText || !id || !wrapped || !text)
    return undefined;
  const generation = parseGeneration(generationText);
  if (generation === undefined || !DATA_KEY_ID.test(id) || rest.length > 0) return undefined;
  return { rootId, generation, id, wrapped, text };
}

/** A data key of this isolate's own making. Requests that come at once may make one each. */
async function makeDataKey(
  keyring: Keyring,
  context: EnvelopeContext,
  kek: KekId,
): Promise<DataKey> {
  const bytes = randomBytes(AES_KEY_BYTES);
  const id = toBase64Url(randomBytes(DATA_KEY_ID_BYTES));
  const head = await wrap(keyring, context, { kek, id, bytes });
  const key = await importAesKey(bytes);
  bytes.fill(0);
  const made = { id, key, head, purpose: context.purpose, tenant: tenantOf(context) };
  keyring.dataKeys.start(sealingName(context, kek), made);
  keyring.dataKeys.opening.set(head, made);
  return made;
}

/** `undefined` for another form or without the root; throws where the wrapping does not hold. */
async function unwrapDataKey(
  keyring: Keyring,
  context: EnvelopeContext,
  envelope: string,
): Promise<DataKey | undefined> {
  const parts = parse(envelope);
  const bytes = parts && (await unwrap(keyring, context, parts));
  if (!parts || !bytes) return undefined;
  const key = await importAesKey(bytes);
  bytes.fill(0);
  const { purpose } = context;
  const dataKey = { id: parts.id, key, head: headOf(parts), purpose, tenant: tenantOf(context) };
  keyring.dataKeys.opening.set(dataKey.head, dataKey);
  return dataKey;
}

/** The head of envelopes under a data key: all but the text. Throws without the key-encryption key. */
async function wrap(
  keyring: Keyring,
  context: EnvelopeContext,
  {
    kek,
    id,
    bytes,
  }: { readonly kek: KekId; readonly id: string; readonly bytes: Uint8Array<ArrayBuffer> },
): Promise<string> {
  const key = await keyring.kek(context.purpose, kek);
  if (!key) throw new Error("envelope: no current key");
  const { iv, body } = encrypt(key, keyBound(context, { ...kek, id }), bytes);
  const wrapped = sealedText(iv, await body);
  return headOf({ ...kek, id, wrapped });
}

async function unwrap(
  keyring: Keyring,
  context: EnvelopeContext,
  parts: Parts,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const kek = await keyring.kek(context.purpose, parts);
  return kek && new Uint8Array(await decrypt(kek, keyBound(context, parts), parts.wrapped));
}

function headOf({ rootId, generation, id, wrapped }: Omit<Parts, "text">): string {
  return `${VERSION}.${rootId}.${generation}.${id}.${wrapped}`;
}

function sealingName(context: EnvelopeContext, { rootId, generation }: KekId): string {
  return `${context.purpose}/${rootId}/${generation}/${tenantOf(context)}`;
}

/** What the text is bound to; not the key-encryption key, so that rewrapping leaves it as it is. */
function textBound({ purpose, identity }: EnvelopeContext, id: string): string {
  return JSON.stringify([`${VERSION}/text`, purpose, id, ...identity]);
}

/** What the wrapped data key is bound to. */
function keyBound(
  context: EnvelopeContext,
  { id, rootId, generation }: KekId & { readonly id: string },
): string {
  const { purpose } = context;
  const tenant = tenantOf(context);
  return JSON.stringify([`${VERSION}/data-key`, purpose, tenant, id, rootId, generation]);
}

function tenantOf({ identity: [tenant] }: EnvelopeContext): string {
  if (tenant === undefined) throw new Error("envelope: the context has no tenant");
  return tenant;
}

/** Most texts are short enough however they are encoded. */
function isTooLong(text: string): boolean {
  return (
    text.length * UTF8_BYTES_PER_UNIT_MAX > TEXT_BYTES_MAX && utf8(text).length > TEXT_BYTES_MAX
  );
}
