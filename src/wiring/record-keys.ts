/** Merchants' record keys: sealed in their vaults, opened here. */
import { merchantIdSchema } from "#base";
import { makeRecordKeyrings, open, type RecordKeyrings } from "#vault";
import { recordKeyRecord } from "#vault-objects";
import { type Bindings, configOf } from "../env.ts";
import { clock } from "../platform.ts";
import { envelopeContext } from "./merchants.ts";

const keyrings = new WeakMap<Bindings, RecordKeyrings>();

export function recordKeysOf(env: Bindings): RecordKeyrings {
  const known = keyrings.get(env) ?? makeRecordKeyrings({ nowMs: clock, read: readFrom(env) });
  keyrings.set(env, known);
  return known;
}

function readFrom(env: Bindings) {
  return async (tenant: string) => {
    const merchantId = merchantIdSchema.parse(tenant);
    const keys = await env.VAULTS.getByName(merchantId).recordKeys();
    return Promise.all(
      keys.map(async ({ id, sealed }) => {
        const context = envelopeContext({ merchantId, record: recordKeyRecord(id) });
        const root = await open(configOf(env).keyring, context, sealed);
        if (root === undefined) throw new Error("a record key does not open");
        return { id, root };
      }),
    );
  };
}
