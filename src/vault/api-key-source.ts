/**
 * Where a Worker gets API keys from: the configuration, then this isolate's memory, then KV (sealed), then the
 * merchant's vault. A key that was just made is found at once; a flood of invented ids costs a few hops a second.
 * What memory knows goes on while neither answers: the end of a key is the gate's to enforce (I11, I12).
 */
import * as z from "zod";
import { type Clock, merchantIdSchema, MINUTE_MS, once, parseCidr, SECOND_MS } from "#base";
import { merchantOfKeyId } from "./api-key-record.ts";
import { SCOPES, TIERS } from "./merchant-forms.ts";
import type { ApiKey, Directory, Merchant } from "./merchants.ts";

const copiedKeysSchema = once(() =>
  z.array(
    z.object({
      id: z.string(),
      secret: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      tier: z.enum(TIERS),
      allowIps: z.array(z.string()).nullable(),
      /** From then on it is refused; 0 for a revoked key. */
      endsAtMs: z.int().nullable(),
    }),
  ),
);
/** A key of the sealed copy. */
export type CopiedKey = z.infer<ReturnType<typeof copiedKeysSchema>>[number];

export interface ApiKeySourcePorts {
  readonly nowMs: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly directory: Directory;
  /** The copy in KV, opened; `undefined` when there is none or it does not open. */
  readonly readCopy: (merchantId: Merchant["id"]) => Promise<string | undefined>;
  /** The vault's own word, opened. */
  readonly askVault: (merchantId: Merchant["id"]) => Promise<string>;
}

const MEMORY_LIFE_MS = MINUTE_MS;
/** While one request reads, the others go on with what is known; after a failure it is tried again so late. */
const READ_AGAIN_MS = 5 * SECOND_MS;
/** Questions to the vault about ids that are not there: so many at once, and one more a second. */
const QUESTIONS_MAX = 20;
/** How a request without a question of its own waits for another's answer: longer than the next question takes. */
const WAITS_MS = [25, 50, 100, 200, 400, 800] as const;
/** Waiting costs memory: beyond so many in an isolate nobody waits. */
const WAITING_MAX = 500;

interface KnownKey {
  readonly apiKey: ApiKey;
  readonly endsAtMs: number | null;
}

interface Held {
  keys: ReadonlyMap<string, KnownKey>;
  /** When KV or the vault last answered. */
  readAtMs: number;
  readAgainAtMs: number;
  questions: number;
  askedAtMs: number;
}

interface Search {
  readonly ports: ApiKeySourcePorts;
  readonly merchant: Merchant;
  readonly held: Held;
  readonly keyId: string;
}

/** Finds keys; at once where memory has it. Throws when it must ask and neither KV nor the vault answers. */
export function makeApiKeySource(ports: ApiKeySourcePorts) {
  const memory = new Map<string, Held>();
  const queue = { waiting: 0 };
  return (keyId: string): ApiKey | undefined | Promise<ApiKey | undefined> => {
    const configured = ports.directory.apiKeys.get(keyId);
    if (configured) return configured;
    const merchant = merchantNamedBy(ports.directory, keyId);
    if (!merchant) return undefined;
    const held = memory.get(merchant.id) ?? newHeld(ports.nowMs());
    memory.set(merchant.id, held);
    const search = { ports, merchant, held, keyId };
    const known = ports.nowMs() < held.readAgainAtMs ? knownKey(search) : undefined;
    return known ?? lookUp(search, queue);
  };
}

async function lookUp(search: Search, queue: { waiting: number }): Promise<ApiKey | undefined> {
  const { ports, held } = search;
  if (ports.nowMs() >= held.readAgainAtMs) {
    const asked = await refresh(search);
    const known = knownKey(search);
    if (known || asked) return known;
  }
  if (mayAsk(held, ports.nowMs())) return askVault(search);
  if (queue.waiting >= WAITING_MAX) return judged(search);
  queue.waiting += 1;
  try {
    return await waitForAnswer(search);
  } finally {
    queue.waiting -= 1;
  }
}

/** Reads memory anew. True: the vault itself was asked, so that what is unknown now is unknown. */
async function refresh(search: Search): Promise<boolean> {
  const { ports, merchant, held } = search;
  held.readAgainAtMs = ports.nowMs() + READ_AGAIN_MS;
  // A cache that fails is a cache that misses; so is one of another version's form.
  const copy = copiedKeys(await ports.readCopy(merchant.id).catch(() => undefined));
  if (copy) {
    remember(search, copy, "copy");
    return false;
  }
  mayAsk(held, ports.nowMs()); // Counts as a question, but is never refused.
  try {
    await askVault(search);
  } catch (error) {
    if (!knownKey(search)) throw error;
  }
  return true;
}

async function askVault(search: Search): Promise<ApiKey | undefined> {
  const { ports, merchant } = search;
  const keys = copiedKeys(await ports.askVault(merchant.id));
  if (!keys) throw new Error("the vault's answer cannot be read");
  remember(search, keys, "vault");
  return knownKey(search);
}

/**
 * Too many ask at once, by a burst of a new key or a flood of invented ones. Every answer of the vault tells of all
 * keys, so that a living key is soon known. Promises are not shared: one request must not wait on another's I/O.
 */
async function waitForAnswer(search: Search): Promise<ApiKey | undefined> {
  const { ports, held } = search;
  for (const waitMs of WAITS_MS) {
    await ports.sleep(waitMs);
    const known = knownKey(search);
    if (known) return known;
    if (mayAsk(held, ports.nowMs())) return askVault(search);
  }
  return judged(search);
}

/** What is not known is unknown only to a memory that is fresh. */
function judged({ ports, held }: Search): undefined {
  if (ports.nowMs() - held.readAtMs < MEMORY_LIFE_MS) return undefined;
  throw new Error("no answer of the vault yet");
}

function knownKey({ ports, held, keyId }: Search): ApiKey | undefined {
  const known = held.keys.get(keyId);
  if (!known) return undefined;
  const { apiKey, endsAtMs } = known;
  const hasEnded = endsAtMs !== null && ports.nowMs() >= endsAtMs;
  return hasEnded ? { ...apiKey, revoked: true } : apiKey;
}

/** The vault's word is all there is. A copy may be older than memory: it takes no key and no end back. */
function remember(search: Search, keys: readonly CopiedKey[], from: "copy" | "vault"): void {
  const { ports, merchant, held } = search;
  const known = new Map(from === "copy" ? held.keys : []);
  for (const key of keys) {
    const before = known.get(key.id)?.endsAtMs ?? null;
    const endsAtMs = earlier(before, key.endsAtMs);
    known.set(key.id, { apiKey: apiKeyOf(key, merchant), endsAtMs });
  }
  held.keys = known;
  held.readAtMs = ports.nowMs();
  held.readAgainAtMs = held.readAtMs + MEMORY_LIFE_MS;
}

function earlier(a: number | null, b: number | null): number | null {
  const end = Math.min(a ?? Infinity, b ?? Infinity);
  return end === Infinity ? null : end;
}

/** A bucket of questions that fills by one a second. */
function mayAsk(held: Held, nowMs: number): boolean {
  const earned = Math.floor((nowMs - held.askedAtMs) / SECOND_MS);
  if (earned > 0) {
    held.questions = Math.min(QUESTIONS_MAX, held.questions + earned);
    held.askedAtMs += earned * SECOND_MS;
  }
  if (held.questions === 0) return false;
  held.questions -= 1;
  return true;
}

function newHeld(nowMs: number): Held {
  return {
    keys: new Map(),
    readAtMs: -Infinity,
    readAgainAtMs: -Infinity,
    questions: QUESTIONS_MAX,
    askedAtMs: nowMs,
  };
}

function copiedKeys(text: string | undefined): readonly CopiedKey[] | undefined {
  if (text === undefined) return undefined;
  const parsed = copiedKeysSchema().safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

function apiKeyOf(key: CopiedKey, merchant: Merchant): ApiKey {
  const { id, secret, tier, scopes, allowIps } = key;
  return {
    id,
    secret,
    tier,
    scopes: new Set(scopes),
    revoked: false,
    // Checked when the key was made; a rule that should not read any more matches nobody.
    allowIps: allowIps?.map(parseCidr).filter((cidr) => cidr !== undefined),
    merchant,
  };
}

function merchantNamedBy({ merchants }: Directory, keyId: string): Merchant | undefined {
  const name = merchantOfKeyId(keyId);
  const id = name === undefined ? undefined : merchantIdSchema.safeParse(name);
  return id?.success ? merchants.get(id.data) : undefined;
}
