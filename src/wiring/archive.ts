/** The archive of payments at rest: one sealed record per payment in R2 (docs/retention.md). */
import type { Archive, ArchivePlace } from "#payments";
import { open, seal } from "#vault";
import type { Bindings } from "../env.ts";
import { recordKeysOf } from "./record-keys.ts";

export function archiveOf(env: Bindings): Archive {
  return {
    async write(place, record) {
      const keyring = await recordKeysOf(env).newest(place.merchantId);
      await env.ARCHIVE.put(keyOf(place), await seal(keyring, contextOf(place), record));
    },
    async read(place) {
      const object = await env.ARCHIVE.get(keyOf(place));
      if (!object) return undefined;
      const sealed = await object.text();
      const keyring = await recordKeysOf(env).for(place.merchantId, sealed);
      const record = await open(keyring, contextOf(place), sealed);
      if (record === undefined) throw new Error("an archived record does not open");
      return record;
    },
    remove: (place) => env.ARCHIVE.delete(keyOf(place)),
  };
}

/** Ids are of an alphabet without the slash, so that no two payments share a key. */
function keyOf({ merchantId, merchantOrderId }: ArchivePlace): string {
  return `payments/${merchantId}/${merchantOrderId}`;
}

/** A record that is moved to another merchant or order does not open. */
function contextOf({ merchantId, merchantOrderId }: ArchivePlace) {
  return { purpose: "archive", identity: [merchantId, "payment", merchantOrderId] } as const;
}
