/**
 * Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. It knows its merchants, as
 * one that has asked their empty vaults a moment ago.
 */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { configOf } from "../../src/env.ts";
import { heldOf, remember } from "../../src/vault/merchant-memory.ts";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { copyName, merchantMemory } from "../../src/wiring/merchants.ts";
import { world } from "./world.ts";

const NOTHING = { revision: 0, keys: [], config: null, credentials: [] };

await reset();
breakerLines.clear();
merchantMemory.clear();
const nowMs = Date.now();
for (const id of configOf(env).directory.merchants.keys()) {
  remember(heldOf(merchantMemory, id, nowMs), NOTHING, { from: "vault", nowMs });
  await env.TOKENS.delete(copyName(id));
}
world.renew();
