import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "#base";
import { kekOf, makeRecordKeyrings, open, seal } from "#vault";
import { world } from "../support/world.ts";

const TENANT = "alpha";
const vault = () => env.VAULTS.getByName(TENANT);
const idsOf = async () => (await vault().recordKeys()).map(({ id }) => id);
const CONTEXT = { purpose: "archive", identity: [TENANT, "payment", "order"] } as const;

const root = (byte: number) => new Uint8Array(32).fill(byte).toBase64();

afterEach(() => world.renew());

describe("a merchant's record keys in its vault", () => {
  it("GCM-6: lie sealed, and calls at once make one", async () => {
    const both = await Promise.all([idsOf(), idsOf(), idsOf()]);
    expect(new Set(both.flat()).size).toBe(1);
    await runInDurableObject(vault(), (_, { storage }) => {
      const row = storage.sql.exec("SELECT sealed FROM record_keys").one();
      expect(row["sealed"]).toMatch(/^fp2\./);
    });
  });

  it("GCM-9: after a year there is a newer one, and the older one stays", async () => {
    const [first] = await idsOf();
    world.offsetMs += 365 * DAY_MS - MINUTE_MS;
    expect(await idsOf()).toEqual([first]);
    world.offsetMs += 2 * MINUTE_MS;
    const [second, ...others] = await idsOf();
    expect(second).not.toBe(first);
    expect(others).toEqual([first]);
  });

  it("GCM-8: another generation of the gateway's key wraps them anew, and they are the same", async () => {
    const [before] = await vault().recordKeys();
    const { keks } = await vault().rewrap({ vault: 7 });
    const [after] = await vault().recordKeys();
    expect(after?.id).toBe(before?.id);
    expect(kekOf(before?.sealed ?? "")?.generation).not.toBe(7);
    expect(kekOf(after?.sealed ?? "")?.generation).toBe(7);
    expect(keks).toEqual([expect.stringMatching(/^vault\/.*\/7$/)]);
    await runDurableObjectAlarm(vault());
  });
});

it("27: a backup of the vault holds the key that the payments copied after it are closed with", async () => {
  const newest = async () => (await idsOf())[0];
  const first = await newest();
  world.offsetMs += 729 * DAY_MS + 5 * MINUTE_MS; // an earlier test has made one a year from now
  const { dump } = await vault().dump();
  const second = await newest();
  expect(second).not.toBe(first);
  expect(JSON.stringify(dump)).toContain(second);
});

describe("record keys in an isolate", () => {
  const keys = (...ids: readonly number[]) => ids.map((id) => ({ id: `key${id}`, root: root(id) }));

  function keyringsOf(vaulted: { current: ReturnType<typeof keys> }) {
    let reads = 0;
    const keyrings = makeRecordKeyrings({
      nowMs: world.nowMs,
      read: (tenant) => {
        expect(tenant).toBe(TENANT);
        reads += 1;
        return Promise.resolve(vaulted.current);
      },
    });
    return { keyrings, reads: () => reads };
  }

  it("GCM-7: the newest seals, older ones open, and the vault is asked once a day", async () => {
    const vaulted = { current: keys(1) };
    const { keyrings, reads } = keyringsOf(vaulted);
    const old = await seal(await keyrings.newest(TENANT), CONTEXT, "old");
    vaulted.current = keys(2, 1);
    expect(kekOf(await seal(await keyrings.newest(TENANT), CONTEXT, "x"))?.rootId).toBe("key1");
    expect(reads()).toBe(1);
    world.offsetMs += DAY_MS;
    expect(kekOf(await seal(await keyrings.newest(TENANT), CONTEXT, "x"))?.rootId).toBe("key2");
    expect(await open(await keyrings.for(TENANT, old), CONTEXT, old)).toBe("old");
    expect(reads()).toBe(2);
  });

  it("GCM-5: what another isolate sealed with a newer key opens at once", async () => {
    const vaulted = { current: keys(1) };
    const { keyrings } = keyringsOf(vaulted);
    await keyrings.newest(TENANT);
    vaulted.current = keys(2, 1);
    const elsewhere = keyringsOf(vaulted).keyrings;
    const envelope = await seal(await elsewhere.newest(TENANT), CONTEXT, "new");
    expect(await open(await keyrings.for(TENANT, envelope), CONTEXT, envelope)).toBe("new");
  });

  it("GCM-10: a key that is gone opens nothing", async () => {
    const vaulted = { current: keys(1) };
    const envelope = await seal(await keyringsOf(vaulted).keyrings.newest(TENANT), CONTEXT, "text");
    const { keyrings } = keyringsOf({ current: keys(2) });
    expect(await open(await keyrings.for(TENANT, envelope), CONTEXT, envelope)).toBeUndefined();
  });
});
