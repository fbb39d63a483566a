/** Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. */
import { abortAllDurableObjects, reset } from "cloudflare:test";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { world } from "./world.ts";

await abortAllDurableObjects(); // what an object remembers beside its storage goes too
await reset();
breakerLines.clear();
world.renew();
