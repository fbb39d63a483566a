/** The archive of payments at rest: one sealed record per payment (docs/retention.md). */
import type { Archive, ArchivePlace } from "#payments";
import { open, seal } from "#vault";
import { type Bindings, configOf } from "../env.ts";
import { bucketOf } from "./buckets.ts";
import { recordKeysOf } from "./record-keys.ts";

export function archiveOf(env: Bindings): Archive {
  const bucket = () => bucketOf(env, "archive");
  return {
    async write(place, record) {
      const keyring = await recordKeysOf(env).newest(place.merchantId);
      await bucket().put(keyOf(place), await seal(keyring, contextOf(place), record));
      if (configOf(env).residency) await stripIndex(env, place);
    },
    async read(place) {
      const file = await bucket().get(keyOf(place));
      if (!file) return undefined;
      const sealed = new TextDecoder().decode(file);
      const keyring = await recordKeysOf(env).for(place.merchantId, sealed);
      const record = await open(keyring, contextOf(place), sealed);
      if (record === undefined) throw new Error("an archived record does not open");
      return record;
    },
    remove: (place) => bucket().remove([keyOf(place)]),
  };
}

/** Nothing but the order's id may stay at the edge (IND-1). If the payment changes on its way, its next event fills the row. */
async function stripIndex(
  env: Bindings,
  { merchantId, merchantOrderId }: ArchivePlace,
): Promise<void> {
  await env.LEDGERS.getByName(merchantId).strip(merchantOrderId);
}

/** Ids are of an alphabet without the slash, so that no two payments share a key. */
function keyOf({ merchantId, merchantOrderId }: ArchivePlace): string {
  return `payments/${merchantId}/${merchantOrderId}`;
}

/** A record that is moved to another merchant or order does not open. */
function contextOf({ merchantId, merchantOrderId }: ArchivePlace) {
  return { purpose: "archive", identity: [merchantId, "payment", merchantOrderId] } as const;
}
