import { currentMerchant, worldOf } from "./scopes.ts";

const STALE_MS = 60_000;

/** A KV that answers, for merchants in whose world it is stale, with what stood there a minute ago. */
export function staleKv(kv: KVNamespace): KVNamespace {
  const history = new Map<string, { readonly atMs: number; readonly value: string | null }[]>();
  return new Proxy(kv, {
    get(target, name) {
      if (name === "put") {
        return async (key: string, value: string, options?: KVNamespacePutOptions) => {
          const before = history.get(key) ?? [{ atMs: 0, value: await target.get(key) }];
          history.set(key, [...before, { atMs: Date.now(), value }]);
          return target.put(key, value, options);
        };
      }
      if (name !== "get") return Reflect.get(target, name);
      return async (key: string) => {
        const known = history.get(key);
        const stale = worldOf(currentMerchant() ?? "").kvIsStale;
        if (!known || !stale) return target.get(key);
        return known.findLast(({ atMs }) => atMs <= Date.now() - STALE_MS)?.value ?? null;
      };
    },
  });
}
