/** Events to entries and back: masked first, then sealed for one place of one chain (I10, GCM-4). */
import { type AuditEvent, auditEventSchema } from "#base";
import { type EnvelopeContext, type Keyring, open, seal } from "#vault";
import { canonicalJson } from "./canonical-json.ts";
import { type Entry, genesisHash, hashOf, monthOf } from "./entry.ts";
import { EVENT_CHARS_MAX } from "./limits.ts";
import { maskEvent } from "./mask.ts";
import type { Tip } from "./store.ts";

/** The entries that follow a tip, one for each event. */
export async function sealEntries(
  chain: { readonly keyring: Keyring; readonly merchantId: string; readonly tip: Tip | undefined },
  events: readonly AuditEvent[],
  nowMs: number,
): Promise<Entry[]> {
  const { keyring, merchantId, tip } = chain;
  // Clocks of machines differ a little: a chain's time never runs backwards.
  const atMs = Math.max(nowMs, tip?.atMs ?? 0);
  let prevHash = tip?.hash ?? (await genesisHash(merchantId));
  let sequence = tip?.sequence ?? 0;
  const entries: Entry[] = [];
  for (const event of events) {
    sequence += 1;
    const context = contextOf(merchantId, { sequence, atMs });
    const body = { sequence, atMs, prevHash, sealed: await seal(keyring, context, textOf(event)) };
    prevHash = await hashOf(merchantId, body);
    entries.push({ ...body, hash: prevHash });
  }
  return entries;
}

/** What an entry tells; `undefined` when its envelope does not open. */
export async function openEntry(
  keyring: Keyring,
  merchantId: string,
  entry: Entry,
): Promise<AuditEvent | undefined> {
  const text = await open(keyring, contextOf(merchantId, entry), entry.sealed);
  if (text === undefined) return undefined;
  const parsed = auditEventSchema().safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

/** An event that is too long keeps who did what, when and to what: a producer must not be stuck with it (I7). */
function textOf(event: AuditEvent): string {
  const masked = maskEvent(event);
  const text = canonicalJson(masked);
  if (text.length <= EVENT_CHARS_MAX) return text;
  return canonicalJson({ ...masked, details: { truncated: true } });
}

function contextOf(
  merchantId: string,
  { sequence, atMs }: Pick<Entry, "sequence" | "atMs">,
): EnvelopeContext {
  return { purpose: "audit", identity: [merchantId, monthOf(atMs), "entry", String(sequence)] };
}
