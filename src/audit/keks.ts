/** Which key-encryption keys a log was ever sealed by: without their roots it cannot be read again. */
import * as z from "zod";
import { once } from "#base";
import { kekName, kekOf } from "#vault";
import type { Entry } from "./entry.ts";
import { signingKeysOf } from "./state.ts";

const namesSchema = once(() => z.array(z.string()).default([]));

/** Call it inside the transaction that writes the entries. */
export function noteKeks(storage: DurableObjectStorage, entries: readonly Entry[]): void {
  addNames(
    storage,
    entries.flatMap(({ sealed }) => nameOf(sealed)),
  );
}

function addNames(storage: DurableObjectStorage, names: readonly string[]): void {
  const known = new Set(namesSchema().parse(storage.kv.get("keks")));
  const all = known.union(new Set(names));
  if (all.size > known.size) storage.kv.put("keks", [...all]);
}

/** Of sealed segments only the roots are known: the first generation stands for all of a root's. */
export function noteRoots(storage: DurableObjectStorage, rootIds: readonly string[]): void {
  const names = rootIds.map((rootId) => kekName("audit", { rootId, generation: 1 }));
  addNames(storage, names);
}

/** Those of entries, of sealed segments, and of the signing keys. */
export function keksOf(storage: DurableObjectStorage): string[] {
  const names = new Set(namesSchema().parse(storage.kv.get("keks")));
  for (const { sealedPrivate } of signingKeysOf(storage)) {
    for (const name of nameOf(sealedPrivate)) names.add(name);
  }
  return [...names];
}

function nameOf(envelope: string): string[] {
  const kek = kekOf(envelope);
  return kek ? [kekName("audit", kek)] : [];
}
