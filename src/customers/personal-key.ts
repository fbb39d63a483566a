/**
 * The key of one person, and what it closes. It is a small keyring of its own with one random root; the gateway's
 * keyring closes that root. Whoever destroys the root makes everything unreadable that was ever closed with it,
 * wherever the copies are (GDR-4).
 */
import { randomBytes, toBase64, toHex } from "#base";
import { type Keyring, open, parseKeyring, seal } from "#vault";

interface PersonIdentity {
  readonly merchantId: string;
  readonly customer: string;
}

/** A fresh key: its id, which every envelope names, and the key itself, sealed. */
export async function makePersonalKey(
  keyring: Keyring,
  person: PersonIdentity,
): Promise<{ readonly id: string; readonly sealed: string }> {
  const id = toHex(randomBytes(12));
  const root = JSON.stringify({ current: id, keys: { [id]: toBase64(randomBytes(32)) } });
  return { id, sealed: await seal(keyring, keyContext(person), root) };
}

/** The person's own keyring. Throws when the sealed key does not open: then it is damaged, not erased. */
export async function openPersonalKey(
  keyring: Keyring,
  person: PersonIdentity,
  sealed: string,
): Promise<Keyring> {
  const root = await open(keyring, keyContext(person), sealed);
  if (root === undefined) throw new Error("a person's key does not open");
  return parseKeyring(root);
}

function keyContext({ merchantId, customer }: PersonIdentity) {
  return { purpose: "personal", identity: [merchantId, "customer", customer] } as const;
}

/** Bound to the payment: an envelope that is moved to another one does not open. */
export function paymentContext({
  merchantId,
  merchantOrderId,
}: {
  readonly merchantId: string;
  readonly merchantOrderId: string;
}) {
  return { purpose: "personal", identity: [merchantId, "payment", merchantOrderId] } as const;
}

/** Whether an envelope names this key. */
export function isClosedBy(envelope: string, keyId: string): boolean {
  return envelope.split(".")[1] === keyId;
}
