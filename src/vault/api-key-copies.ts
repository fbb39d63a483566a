/** The keys that were made here, with their secrets, as isolates get them in the sealed snapshot. */
import type { MerchantId } from "#base";
import { refusedFromMs } from "./api-key-record.ts";
import type { CopiedKey } from "./merchant-snapshot.ts";
import type { RecordContext, VaultRoom } from "./vault-room.ts";

/** The context that an API key's secret is sealed in. */
export function secretContext(merchantId: MerchantId, id: string): RecordContext {
  return { merchantId, record: ["api_key", id] };
}

export async function copiedKeys({
  merchantId,
  deps,
  keys: rows,
}: VaultRoom): Promise<CopiedKey[]> {
  const keys: CopiedKey[] = [];
  for (const { record, sealedSecret } of rows.all()) {
    if (sealedSecret === null) continue;
    const { id, scopes, tier, allowIps } = record;
    const secret = await deps.open(secretContext(merchantId, id), sealedSecret);
    if (secret === undefined) {
      // One damaged record takes no other key with it (GCM-4).
      deps.log("error", "the secret of an API key does not open", { merchantId, keyId: id });
      continue;
    }
    keys.push({ id, secret, scopes, tier, allowIps, endsAtMs: refusedFromMs(record) });
  }
  return keys;
}
