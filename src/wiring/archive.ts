/** The archive of payments at rest: one sealed record per payment in R2 (docs/retention.md). */
import type { Archive, ArchivePlace } from "#payments";
import { open, seal } from "#vault";
import { type Bindings, configOf } from "../env.ts";

export function archiveOf(env: Bindings): Archive {
  return {
    async write(place, record) {
      await env.ARCHIVE.put(
        keyOf(place),
        await seal(configOf(env).keyring, contextOf(place), record),
      );
    },
    async read(place) {
      const object = await env.ARCHIVE.get(keyOf(place));
      if (!object) return undefined;
      const record = await open(configOf(env).keyring, contextOf(place), await object.text());
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
