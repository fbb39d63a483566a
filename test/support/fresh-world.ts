/**
 * Before each test file: storage, alarms, clock and fakes as new, since all files share one isolate. It knows its merchants, as
 * one that has been at work for a while.
 */
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { merchantMemory, merchantsOf } from "../../src/wiring/merchants.ts";
import { world } from "./world.ts";

await reset();
breakerLines.clear();
merchantMemory.clear();
world.renew();
await merchantsOf(env).all();
