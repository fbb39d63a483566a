/**
 * Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. It knows its merchants, as
 * one that has asked their empty vaults a moment ago.
 */
import { listDurableObjectIds, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { gateNames } from "#door";
import { TIERS } from "#vault";
import { configOf } from "../../src/env.ts";
import { heldOf, remember } from "../../src/vault/merchant-memory.ts";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { copyName, merchantMemory } from "../../src/wiring/merchants.ts";
import { riskMemory } from "../../src/wiring/risk-memory.ts";
import { world } from "./world.ts";

const NOTHING = { revision: 0, keys: [], config: null, credentials: [] };

const merchantIds = [...configOf(env).directory.merchants.keys()];

await emptyMerchants();
await reset();
breakerLines.clear();
riskMemory.clear();
merchantMemory.clear();
const nowMs = Date.now();
for (const id of merchantIds) {
  remember(heldOf(merchantMemory, id, nowMs), NOTHING, { from: "vault", nowMs });
  await env.TOKENS.delete(copyName(id));
}
world.renew();

/**
 * `reset` misses objects that have left memory (after ten seconds without a call): what they stored would come back with
 * their names. Orders and objects of single tests have fresh names; the merchants' come again in many files.
 */
async function emptyMerchants(): Promise<void> {
  const stubs = [...configOf(env).directory.merchants.values()].flatMap((merchant) => {
    const gates = new Set(TIERS.flatMap((tier) => gateNames({ tier, merchant })));
    return [
      env.VAULTS.getByName(merchant.id),
      ...[...gates].map((name) => env.GATES.getByName(name)),
    ];
  });
  const there = await Promise.all([
    listDurableObjectIds(env.GATES),
    listDurableObjectIds(env.VAULTS),
  ]);
  const ids = new Set(there.flat().map(String));
  await Promise.all(
    stubs
      .filter(({ id }) => ids.has(String(id)))
      .map((stub) => runInDurableObject(stub, (_, { storage }) => storage.deleteAll())),
  );
}
