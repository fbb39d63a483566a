/** Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. */
import { reset } from "cloudflare:test";
import { world } from "./world.ts";

await reset();
world.renew();
