/** Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. */
import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { parseDirectory } from "#vault";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { TEST_BOOTSTRAP } from "./secrets.ts";
import { world } from "./world.ts";

await wakeMerchants();
await reset();
breakerLines.clear();
world.renew();

/**
 * `reset` misses objects that have left memory (after ten seconds without a call): what they stored would come back with
 * their names. Orders and objects of single tests have fresh names; the merchants' come again in many files.
 */
async function wakeMerchants(): Promise<void> {
  const { merchants } = parseDirectory(TEST_BOOTSTRAP);
  const stubs = [...merchants.keys()].flatMap((id) =>
    [env.GATES, env.VAULTS].map((namespace) => namespace.getByName(id)),
  );
  await Promise.all(stubs.map((stub) => runInDurableObject(stub, () => undefined)));
}
