import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { TEST_BOOTSTRAP, TEST_MASTER_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { listKeys, rotateKeys } from "./keys.ts";

beforeAll(() => {
  world.offsetMs = DAY_MS; // No alarm comes by itself.
});

const entries = async (): Promise<{ id: string; kind: string; state: string }[]> => {
  const { keys } = (await listKeys()).json;
  return Array.isArray(keys) ? keys : [];
};

describe("GET /api/payments/keys 200", () => {
  it("GCM-11: roots, key-encryption keys and payload keys, each with purpose, state and times", async () => {
    const keys = await entries();
    expect(keys.find(({ id }) => id === "root/k2")).toEqual({
      id: "root/k2",
      kind: "root",
      purpose: "key-encryption",
      state: "active",
      madeAt: expect.any(Number),
      dueAt: expect.any(Number),
      inUse: true,
    });
    expect(keys.find(({ id }) => id === "root/k1")).toMatchObject({
      state: "decrypt-only",
      dueAt: null,
    });
    const active = keys.filter(({ kind, state }) => kind !== "root" && state === "active");
    expect(active.map(({ kind }) => kind).toSorted()).toEqual([
      "key-encryption",
      "key-encryption",
      "key-encryption",
      "key-encryption",
      "key-encryption",
      "payload",
      "payload",
      "record",
      "signing",
    ]);
  });

  it("GCM-11: a merchant sees its own record and signing keys, and nobody else's", async () => {
    const own = (await entries()).filter(({ kind }) => ["record", "signing"].includes(kind));
    const signing = (await env.AUDITS.getByName("alpha").keys()).keys.map(({ kid }) => kid);
    const record = (await env.VAULTS.getByName("alpha").recordKeys()).map(({ id }) => id);
    expect(own.map(({ id }) => id)).toEqual([
      `record/${record.join()}`,
      `signing/${signing.join()}`,
    ]);
  });

  it("GCM-10: what a rotation replaces opens on", async () => {
    const before = (await entries()).filter(({ state }) => state === "active");
    await rotateKeys({});
    const states = new Map((await entries()).map(({ id, state }) => [id, state] as const));
    for (const { id, kind } of before) {
      const stays = ["root", "record", "signing"].includes(kind);
      expect(states.get(id)).toBe(stays ? "active" : "decrypt-only");
    }
  });

  it("GCM-11: no material is in it", async () => {
    const { text } = await listKeys();
    const { keys } = JSON.parse(TEST_MASTER_KEYS);
    for (const root of Object.values<string>(keys)) expect(text).not.toContain(root);
    for (const [, secret = ""] of TEST_BOOTSTRAP.matchAll(/"secret":"([^"]+)"/g)) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/secret|fp[12]\.|"(d|x|y|n|sealed)":/);
  });
});
