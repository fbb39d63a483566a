import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "#base";
import { inventoryOf, type InventorySources } from "../../src/vault/key-inventory.ts";
import {
  beginTurn,
  endTurn,
  type KeyRegistry,
  newRegistry,
  rotateKeys,
} from "../../src/vault/key-registry.ts";

const KEYRING = { currentId: "k2", rootIds: ["k1", "k2"], hashId: "k2" };
const settle = (registry: KeyRegistry, nowMs: number) =>
  endTurn(beginTurn(registry, nowMs), registry.turn.number + 1, nowMs);
const SETTLED = settle(newRegistry(KEYRING, 0), 5 * MINUTE_MS);

function inventory(more: Partial<InventorySources> = {}) {
  const told = inventoryOf({
    registry: SETTLED,
    keyring: KEYRING,
    report: { keks: [], unreadable: 0 },
    progress: { done: 3, left: 0, failed: 0, tryAtMs: null },
    payloadKeys: [],
    ...more,
  });
  return { ...told, byId: new Map(told.keys.map((key) => [key.id, key] as const)) };
}

describe("roots", () => {
  it("GCM-10: the current one is active, another that is there decrypts only", () => {
    const { byId } = inventory();
    expect(byId.get("root/k2")).toMatchObject({ state: "active", dueAtMs: 365 * DAY_MS });
    expect(byId.get("root/k1")).toMatchObject({ state: "decrypt-only", dueAtMs: null });
  });

  it("GCM-10: one that has left the configuration is destroyed, and what names it is told", () => {
    const keyring = { ...KEYRING, rootIds: ["k2"] };
    const { byId } = inventory({ keyring });
    expect(byId.get("root/k1")).toMatchObject({ state: "destroyed", inUse: false });
    const lost = inventory({ keyring, report: { keks: ["vault/k1/1"], unreadable: 1 } });
    expect(lost.byId.get("root/k1")).toMatchObject({ state: "destroyed", inUse: true });
    expect(lost.rewrap.unreadable).toBe(1);
  });

  it("GCM-10: an old root is out of use only after a whole turn that found nothing under it", () => {
    const inUse = (more: Partial<InventorySources>) => inventory(more).byId.get("root/k1")?.inUse;
    expect(inUse({})).toBe(false);
    expect(inUse({ report: { keks: ["payload-keys/k1/4"], unreadable: 0 } })).toBe(true);
    expect(inUse({ registry: newRegistry(KEYRING, 0) })).toBe(true);
    expect(inUse({ registry: beginTurn(SETTLED, DAY_MS) })).toBe(true);
    const rotated = rotateKeys(SETTLED, ["vault"], { nowMs: DAY_MS });
    expect(inUse({ registry: rotated })).toBe(true);
    expect(inUse({ registry: endTurn(rotated, rotated.turn.number, DAY_MS + 1) })).toBe(true);
    expect(inUse({ registry: settle(rotated, DAY_MS + 5 * MINUTE_MS) })).toBe(false);
  });

  it("PCI-3.5.1.1: the root of keyed hashes is always in use", () => {
    const { byId } = inventory({ keyring: { ...KEYRING, hashId: "k1" } });
    expect(byId.get("root/k1")).toMatchObject({
      inUse: true,
      purpose: "key-encryption, keyed-hashes",
    });
  });
});

describe("key-encryption keys", () => {
  it("GCM-11: each generation with its purpose, state, making and use", () => {
    const registry = settle(rotateKeys(SETTLED, ["vault"], { nowMs: DAY_MS }), 2 * DAY_MS);
    const { byId } = inventory({ registry, report: { keks: ["vault/k2/2"], unreadable: 0 } });
    expect(byId.get("kek/vault/k2/2")).toEqual({
      id: "kek/vault/k2/2",
      kind: "key-encryption",
      purpose: "vault",
      state: "active",
      madeAtMs: DAY_MS,
      dueAtMs: 90 * DAY_MS,
      inUse: true,
    });
    expect(byId.get("kek/vault/k2/1")).toMatchObject({
      state: "decrypt-only",
      dueAtMs: null,
      inUse: false,
    });
    expect(byId.get("kek/tokens/k2/1")).toMatchObject({ state: "active", inUse: true });
  });
});

describe("progress", () => {
  it("GCM-8: running, then planned once more, then done", () => {
    const rotated = rotateKeys(SETTLED, ["vault"], { nowMs: DAY_MS });
    const progress = { done: 1, left: 2, failed: 1, tryAtMs: 5 };
    expect(inventory({ registry: rotated, progress }).rewrap).toEqual({
      state: "running",
      done: 1,
      left: 2,
      failed: 1,
      unreadable: 0,
      startedAtMs: DAY_MS,
      endedAtMs: null,
    });
    const ended = endTurn(rotated, rotated.turn.number, DAY_MS + 7);
    expect(inventory({ registry: ended }).rewrap).toMatchObject({
      state: "planned",
      endedAtMs: DAY_MS + 7,
    });
    expect(inventory().rewrap.state).toBe("done");
  });
});
