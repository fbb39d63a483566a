import { env } from "cloudflare:workers";
import { evictDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HOUR_MS } from "#base";
import { world } from "../support/world.ts";

const vault = () => env.VAULTS.getByName("alpha");
const ask = () => vault().snapshot({ knownRevision: null, copyMissing: false });
const told = () => world.audited.filter(({ action }) => action === "credentials.read");

beforeEach(() => {
  world.offsetMs = 48 * HOUR_MS - (Date.now() % HOUR_MS);
});
afterEach(() => world.renew());

it("PCI-10.2.1.1: taking a merchant's secrets is told once an hour, by an id that counts once", async () => {
  await Promise.all([ask(), ask(), ask()]);
  await evictDurableObject(vault());
  await ask();
  world.offsetMs += HOUR_MS;
  await ask();
  const ids = new Set(told().map(({ id }) => id));
  expect(ids.size).toBe(2);
  expect(told().length).toBeLessThanOrEqual(3);
  expect(told()[0]).toMatchObject({ actor: { type: "system" }, requestId: null, address: null });
});

it("I7: what the log did not take comes again", async () => {
  world.auditAway = true;
  await ask();
  expect(told()).toEqual([]);
  world.auditAway = false;
  world.offsetMs += HOUR_MS;
  await ask();
  await vault().snapshot({ knownRevision: null, copyMissing: false });
  expect(new Set(told().map(({ id }) => id)).size).toBe(2);
});
