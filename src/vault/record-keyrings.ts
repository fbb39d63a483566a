/** Merchants' record keys, opened, in an isolate's memory (record-keys.ts). */
import { type Clock, DAY_MS } from "#base";
import { kekOf } from "./envelope.ts";
import { FIRST_GENERATIONS } from "./generations.ts";
import { type Keyring, parseKeyring } from "./keyring.ts";

export interface RecordKeyrings {
  /** To seal with. */
  readonly newest: (tenant: string) => Promise<Keyring>;
  /** To open this envelope with, whichever of the keys it names. */
  readonly for: (tenant: string, envelope: string) => Promise<Keyring>;
}

/** An isolate that has not heard of a new key seals on with the one before: both open. */
const MEMORY_MS = DAY_MS;

/** Make one per isolate: it is the memory. `read` gives a tenant's keys, newest first. */
export function makeRecordKeyrings({
  nowMs,
  read,
}: {
  readonly nowMs: Clock;
  readonly read: (
    tenant: string,
  ) => Promise<readonly { readonly id: string; readonly root: string }[]>;
}): RecordKeyrings {
  const known = new Map<string, { readonly keyring: Keyring; readonly atMs: number }>();
  const fetch = async (tenant: string) => {
    const keys = await read(tenant);
    const roots = Object.fromEntries(keys.map(({ id, root }) => [id, root]));
    const text = JSON.stringify({ current: keys[0]?.id, keys: roots });
    const keyring = parseKeyring(text, { nowMs, generations: FIRST_GENERATIONS });
    known.set(tenant, { keyring, atMs: nowMs() });
    return keyring;
  };
  const newest = async (tenant: string) => {
    const found = known.get(tenant);
    return found && nowMs() < found.atMs + MEMORY_MS ? found.keyring : fetch(tenant);
  };
  return {
    newest,
    async for(tenant, envelope) {
      const keyring = await newest(tenant);
      const rootId = kekOf(envelope)?.rootId;
      return rootId === undefined || keyring.rootIds.includes(rootId) ? keyring : fetch(tenant);
    },
  };
}
