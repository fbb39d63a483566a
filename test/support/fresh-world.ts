/** Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. */
import { reset } from "cloudflare:test";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { world } from "./world.ts";

await reset();
breakerLines.clear();
world.renew();
