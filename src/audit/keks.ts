/** Which key-encryption keys a log was ever sealed by: without their roots it cannot be read again. */
import * as z from "zod";
import { once } from "#base";
import { kekName, kekOf } from "#vault";
import type { Entry } from "./entry.ts";
import { signingKeysOf } from "./state.ts";

const namesSchema = once(() => z.array(z.string()).default([]));

/** Call it inside the transaction that writes the entries. */
export function noteKeks(storage: DurableObjectStorage, entries: readonly Entry[]): void {
  const known = new Set(namesSchema().parse(storage.kv.get("keks")));
  const all = known.union(new Set(entries.flatMap(({ sealed }) => nameOf(sealed))));
  if (all.size > known.size) storage.kv.put("keks", [...all]);
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
