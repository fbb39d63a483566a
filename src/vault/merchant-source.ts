/**
 * Where a Worker or an object gets merchants and API keys from: this isolate's memory, then KV (sealed), then the
 * merchant's vault. A change of the vault counts within 60 s everywhere, and a key that was just made is found at once;
 * a flood of invented ids costs a few hops a second. What memory knows goes on while neither answers, and where nothing
 * is known, `BOOTSTRAP` (I12); the end of a key is the gate's to enforce (I11).
 */
import { type Clock, errorMessage, type Log, type MerchantId, merchantIdSchema } from "#base";
import { merchantOfKeyId } from "./api-key-record.ts";
import {
  type Held,
  heldOf,
  isFresh,
  mayAsk,
  type MerchantMemory,
  READ_AGAIN_MS,
  remember,
} from "./merchant-memory.ts";
import { type MerchantSnapshot, readSnapshot, settle, type Settled } from "./merchant-snapshot.ts";
import type { ApiKey, Directory, Merchant, Merchants } from "./merchants.ts";

/** What the vault is told with a question. */
export interface SnapshotQuestion {
  /** What the asker knows already. */
  readonly knownRevision: number | null;
  /** KV has nothing: the vault should write its copy again. */
  readonly copyMissing: boolean;
}

export interface MerchantSourcePorts {
  readonly nowMs: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: Log;
  readonly directory: Directory;
  readonly memory: MerchantMemory;
  /** The copy in KV, opened; `undefined` when there is none or it does not open. */
  readonly readCopy: (merchantId: MerchantId) => Promise<string | undefined>;
  /** The vault's own word, opened; `null` when there is nothing newer than what is known. */
  readonly askVault: (merchantId: MerchantId, question: SnapshotQuestion) => Promise<string | null>;
  /** Lets work go on beside the request or alarm that started it. */
  readonly beside: (work: Promise<void>) => void;
}

export interface MerchantSource {
  /** A merchant as it counts now; at once where memory has it. Never rejects: without an answer `BOOTSTRAP` counts. */
  readonly merchant: (id: MerchantId) => Merchant | undefined | Promise<Merchant | undefined>;
  /** All merchants of the deployment. */
  readonly all: () => Promise<Merchants>;
  /** The key of a signature. Rejects when it must ask for one that was made and nobody answers. */
  readonly apiKey: (keyId: string) => ApiKey | undefined | Promise<ApiKey | undefined>;
  /** After a change made here: it counts at once in this isolate. */
  readonly renew: (id: MerchantId) => Promise<void>;
}

/** How a request without a question of its own waits for another's answer: longer than the next question takes. */
const WAITS_MS = [25, 50, 100, 200, 400, 800] as const;
/** Waiting costs memory: beyond so many in an isolate nobody waits. */
const WAITING_MAX = 500;

interface Search<Value> {
  readonly source: Source;
  readonly held: Held;
  readonly base: Merchant;
  /** What memory says now. */
  readonly find: () => Value | undefined;
}

interface Source {
  readonly ports: MerchantSourcePorts;
  readonly queue: { waiting: number };
  /** Built once per snapshot. */
  readonly settled: Map<string, Settled & { readonly snapshot: MerchantSnapshot }>;
}

/** Made once per isolate and configuration. */
export function makeMerchantSource(ports: MerchantSourcePorts): MerchantSource {
  const source: Source = { ports, queue: { waiting: 0 }, settled: new Map() };
  const { directory } = ports;
  const searchIn = <Value>(
    base: Merchant,
    find: (settled: Settled | undefined) => Value | undefined,
  ): Search<Value> => {
    const held = heldOf(ports.memory, base.id, ports.nowMs());
    return { source, held, base, find: () => find(settledOf(source, base, held)) };
  };
  const merchant = (id: MerchantId) => {
    const base = directory.merchants.get(id);
    if (!base) return undefined;
    const search = searchIn(base, (settled) => settled?.merchant);
    return known(search) ?? orBootstrap(search, base);
  };
  return {
    merchant,
    async all() {
      const ids = [...directory.merchants.keys()];
      const found = await Promise.all(ids.map(async (id) => merchant(id)));
      return new Map(found.flatMap((one) => (one ? [[one.id, one] as const] : [])));
    },
    apiKey(keyId) {
      const configured = directory.apiKeys.get(keyId);
      const base = configured?.merchant ?? merchantNamedBy(directory, keyId);
      if (!base) return undefined;
      const search = searchIn(base, (settled) => knownKey(settled, keyId, ports.nowMs()));
      return known(search) ?? (configured ? orBootstrap(search, configured) : lookUp(search));
    },
    async renew(id) {
      const base = directory.merchants.get(id);
      if (!base) return;
      const search = searchIn(base, (settled) => settled?.merchant);
      search.held.confirmAtMs = -Infinity;
      await confirm(search);
    },
  };
}

/** What memory says while it is fresh. The vault is asked in time, beside the request, so that it stays so. */
function known<Value>(search: Search<Value>): Value | undefined {
  const { source, held } = search;
  const nowMs = source.ports.nowMs();
  if (nowMs >= held.readAgainAtMs) return undefined;
  const value = search.find();
  if (value !== undefined && held.snapshot && nowMs >= held.confirmAtMs) {
    source.ports.beside(confirm(search));
  }
  return value;
}

/** Without an answer, what stands in the configuration. */
function orBootstrap<Value>(
  search: Search<Value>,
  bootstrap: Value,
): Value | Promise<Value | undefined> {
  const { source, held } = search;
  if (!held.snapshot && source.ports.nowMs() < held.awayUntilMs) return bootstrap;
  return lookUp(search).then(
    (found) => found ?? bootstrap,
    () => bootstrap,
  );
}

async function confirm(search: Search<unknown>): Promise<void> {
  const { source, held } = search;
  held.confirmAtMs = source.ports.nowMs() + READ_AGAIN_MS;
  try {
    await askVault(search, { copyMissing: false });
  } catch {
    // What is known goes on; when it grows old it is read again, and that says why when it fails.
  }
}

async function lookUp<Value>(search: Search<Value>): Promise<Value | undefined> {
  const { source, held } = search;
  const { ports, queue } = source;
  if (ports.nowMs() >= held.readAgainAtMs) {
    const asked = await refresh(search);
    const value = search.find();
    if (value !== undefined || asked) return value;
  }
  if (mayAsk(held, ports.nowMs())) {
    await askVault(search, { copyMissing: false });
    return search.find();
  }
  if (queue.waiting >= WAITING_MAX) return judged(search);
  queue.waiting += 1;
  try {
    return await waitForAnswer(search);
  } finally {
    queue.waiting -= 1;
  }
}

/** Reads memory anew. True: the vault itself was asked, so that what is unknown now is unknown. */
async function refresh(search: Search<unknown>): Promise<boolean> {
  const { source, base, held } = search;
  const { ports } = source;
  held.readAgainAtMs = ports.nowMs() + READ_AGAIN_MS;
  held.confirmAtMs = held.readAgainAtMs;
  // A cache that fails is a cache that misses; so is one of another version's form, or of before what is known.
  const copy = await ports.readCopy(base.id).catch(() => undefined);
  const snapshot = copy === undefined ? undefined : read(search, copy);
  if (snapshot && snapshot.revision >= (held.snapshot?.revision ?? 0)) {
    remember(held, snapshot, { from: "copy", nowMs: ports.nowMs() });
    return false;
  }
  mayAsk(held, ports.nowMs()); // Counts as a question, but is never refused.
  try {
    await askVault(search, { copyMissing: !snapshot });
  } catch (error) {
    const fields = { merchantId: base.id, error: errorMessage(error) };
    ports.log("warn", "neither KV nor the vault answers for a merchant", fields);
    if (!held.snapshot) held.awayUntilMs = ports.nowMs() + READ_AGAIN_MS;
    if (search.find() === undefined) throw error;
  }
  return true;
}

/** The vault's word is all there is, unless a later one has come meanwhile. */
async function askVault(
  search: Search<unknown>,
  { copyMissing }: { readonly copyMissing: boolean },
): Promise<void> {
  const { source, base, held } = search;
  const { ports } = source;
  const before = held.snapshot;
  const knownRevision = before?.revision ?? null;
  const text = await ports.askVault(base.id, { knownRevision, copyMissing });
  const snapshot = text === null ? before : read(search, text);
  if (!snapshot) throw new Error("the vault's answer cannot be read");
  const latest = held.snapshot?.revision ?? 0;
  const wentBack = knownRevision !== null && snapshot.revision < knownRevision;
  if (snapshot.revision < latest && !wentBack) return;
  remember(held, snapshot, { from: "vault", nowMs: ports.nowMs() });
}

/** A snapshot that this version can read and work with. */
function read(search: Search<unknown>, text: string): MerchantSnapshot | undefined {
  const snapshot = readSnapshot(text);
  if (!snapshot) return undefined;
  try {
    settle(search.base, snapshot, 0);
    return snapshot;
  } catch {
    return undefined; // Settings that this version would refuse, from another one.
  }
}

/**
 * Too many ask at once, by a burst of a new key or a flood of invented ones. Every answer of the vault tells of all
 * keys, so that a living key is soon known. Promises are not shared: one request must not wait on another's I/O.
 */
async function waitForAnswer<Value>(search: Search<Value>): Promise<Value | undefined> {
  const { source, held } = search;
  for (const waitMs of WAITS_MS) {
    await source.ports.sleep(waitMs);
    const value = search.find();
    if (value !== undefined) return value;
    if (source.ports.nowMs() < held.awayUntilMs) break;
    if (mayAsk(held, source.ports.nowMs())) {
      await askVault(search, { copyMissing: false });
      return search.find();
    }
  }
  return judged(search);
}

/** What is not known is unknown only to a memory that is fresh. */
function judged({ source, held }: Search<unknown>): undefined {
  if (isFresh(held, source.ports.nowMs())) return undefined;
  throw new Error("no answer of the vault yet");
}

function settledOf(source: Source, base: Merchant, { snapshot }: Held): Settled | undefined {
  if (!snapshot) return undefined;
  const nowMs = source.ports.nowMs();
  const built = source.settled.get(base.id);
  if (built?.snapshot === snapshot && nowMs < built.untilMs) return built;
  const settled = { ...settle(base, snapshot, nowMs), snapshot };
  source.settled.set(base.id, settled);
  return settled;
}

function knownKey(settled: Settled | undefined, keyId: string, nowMs: number): ApiKey | undefined {
  const known = settled?.keys.get(keyId);
  if (!known) return undefined;
  const { apiKey, endsAtMs } = known;
  const hasEnded = endsAtMs !== null && nowMs >= endsAtMs;
  return hasEnded ? { ...apiKey, revoked: true } : apiKey;
}

function merchantNamedBy({ merchants }: Directory, keyId: string): Merchant | undefined {
  const name = merchantOfKeyId(keyId);
  const id = name === undefined ? undefined : merchantIdSchema.safeParse(name);
  return id?.success ? merchants.get(id.data) : undefined;
}
