/**
 * Where a Worker gets API keys from: the configuration, then this isolate's memory, then KV (sealed), then the
 * merchant's vault. A key that was just made is found at once; a flood of invented ids costs a few hops a second.
 */
import * as z from "zod";
import { type Clock, MINUTE_MS, once, parseCidr, merchantIdSchema, SECOND_MS } from "#base";
import { merchantOfKeyId } from "./api-key-record.ts";
import { type ApiKey, type Directory, type Merchant, SCOPES, TIERS } from "./merchants.ts";

const livingKeysSchema = once(() =>
  z.array(
    z.object({
      id: z.string(),
      secret: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      tier: z.enum(TIERS),
      allowIps: z.array(z.string()).nullable(),
    }),
  ),
);
/** A key of the sealed copy. */
export type LivingKey = z.infer<ReturnType<typeof livingKeysSchema>>[number];

export interface ApiKeySourcePorts {
  readonly nowMs: Clock;
  readonly directory: Directory;
  /** The copy in KV, opened; `undefined` when there is none or it does not open. */
  readonly readCopy: (merchantId: Merchant["id"]) => Promise<string | undefined>;
  /** The vault's own word, opened. */
  readonly askVault: (merchantId: Merchant["id"]) => Promise<string>;
}

const MEMORY_LIFE_MS = MINUTE_MS;
/** Questions to the vault about ids that are not there: so many at once, and one more a second. */
const QUESTIONS_MAX = 20;

interface Held {
  keys: ReadonlyMap<string, ApiKey>;
  readAtMs: number;
  questions: number;
  askedAtMs: number;
}

/** Finds keys; at once where memory has it. Throws when neither KV nor the vault answers. */
export function makeApiKeySource(ports: ApiKeySourcePorts) {
  const memory = new Map<string, Held>();
  return (keyId: string): ApiKey | undefined | Promise<ApiKey | undefined> => {
    const configured = ports.directory.apiKeys.get(keyId);
    if (configured) return configured;
    const merchant = merchantNamedBy(ports.directory, keyId);
    if (!merchant) return undefined;
    const held = memory.get(merchant.id) ?? newHeld(ports.nowMs());
    memory.set(merchant.id, held);
    const fresh = ports.nowMs() - held.readAtMs < MEMORY_LIFE_MS;
    const known = held.keys.get(keyId);
    return known && fresh ? known : lookUp(ports, { merchant, held, fresh, keyId });
  };
}

interface Search {
  readonly merchant: Merchant;
  readonly held: Held;
  readonly fresh: boolean;
  readonly keyId: string;
}

async function lookUp(ports: ApiKeySourcePorts, search: Search): Promise<ApiKey | undefined> {
  const { merchant, held, fresh, keyId } = search;
  if (!fresh) {
    const copy = await ports.readCopy(merchant.id);
    if (copy !== undefined) remember(ports, search, copy);
    const key = held.keys.get(keyId);
    if (copy !== undefined && key) return key;
  }
  if (!mayAsk(held, ports.nowMs())) return undefined;
  remember(ports, search, await ports.askVault(merchant.id));
  return held.keys.get(keyId);
}

function remember(ports: ApiKeySourcePorts, { merchant, held }: Search, text: string): void {
  const keys = livingKeysSchema().parse(JSON.parse(text));
  held.keys = new Map(keys.map((key) => [key.id, apiKeyOf(key, merchant)] as const));
  held.readAtMs = ports.nowMs();
}

/** A bucket of questions that fills by one a second. */
function mayAsk(held: Held, nowMs: number): boolean {
  const earned = Math.floor((nowMs - held.askedAtMs) / SECOND_MS);
  if (earned > 0) {
    held.questions = Math.min(QUESTIONS_MAX, held.questions + earned);
    held.askedAtMs = nowMs;
  }
  if (held.questions === 0) return false;
  held.questions -= 1;
  return true;
}

function newHeld(nowMs: number): Held {
  return { keys: new Map(), readAtMs: -Infinity, questions: QUESTIONS_MAX, askedAtMs: nowMs };
}

function apiKeyOf(key: LivingKey, merchant: Merchant): ApiKey {
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
