import { env } from "cloudflare:workers";
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS } from "#base";
import { parseKeyring, publicJwkSchema } from "#vault";
import {
  importPayloadKey,
  openGenerations,
  sealGenerations,
} from "../../src/vault/payload-key-pairs.ts";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";
import { PayloadKeyObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const KEYRING = parseKeyring(TEST_MASTER_KEYS);

const object = () => env.PAYLOAD_KEYS.getByName("gateway");
const versions = async () => (await object().generations()).map(({ version }) => version);
const kids = async () =>
  (await object().generations()).flatMap(({ keys }) => keys.map(({ kid }) => kid));
const alarmInMs = async () =>
  ((await runInDurableObject(object(), (_, state) => state.storage.getAlarm())) ?? 0) -
  world.nowMs();
const copy = async () => {
  const sealed = await env.TOKENS.get("payload-keys");
  return sealed === null ? undefined : openGenerations(KEYRING, sealed);
};

beforeEach(async () => {
  world.offsetMs = 0;
  await runInDurableObject(object(), (_, state) => state.storage.deleteAll());
  await env.TOKENS.delete("payload-keys");
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("payload key object", () => {
  it("PCI-3.7.1: the first ask makes one P-256 pair and one RSA pair of 2048 bits", async () => {
    const [generation, ...more] = await object().generations();
    expect(more).toEqual([]);
    expect(generation).toMatchObject({
      version: 1,
      keys: [
        { alg: "ECDH-ES+A256KW", publicJwk: { kty: "EC", crv: "P-256", use: "enc" } },
        { alg: "RSA-OAEP-256", publicJwk: { kty: "RSA", e: "AQAB", use: "enc" } },
      ],
    });
    for (const { kid, alg, publicJwk } of generation?.keys ?? []) {
      expect(publicJwkSchema().parse(publicJwk)).toEqual(publicJwk);
      expect(publicJwk).toMatchObject({ kid, alg });
      expect(kid).toMatch(/^[A-Za-z0-9_-]{43}$/);
    }
  });

  it("GCM-8: twenty first asks at once make one generation", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => kids()));
    expect(new Set(all.map(String)).size).toBe(1);
    expect(await versions()).toEqual([1]);
  });

  it("GCM-8: the keys outlive the object's memory", async () => {
    const before = await kids();
    await abortAllDurableObjects();
    expect(await kids()).toEqual(before);
  });

  it("GCM-8: rotate makes the next version at once, and the old one still decrypts", async () => {
    const before = await kids();
    expect(await object().rotate()).toBe(2);
    expect(await versions()).toEqual([2, 1]);
    expect((await kids()).slice(2)).toEqual(before);
    expect(await object().rotate()).toBe(3);
  });

  it("GCM-8: rotate works on an object that has no keys yet", async () => {
    expect(await object().rotate()).toBe(1);
    expect(await versions()).toEqual([1]);
  });

  it("GCM-9: the alarm rotates after 90 days, once, however often it runs", async () => {
    await versions();
    expect(await alarmInMs()).toBeGreaterThan(90 * DAY_MS - 60_000);
    world.offsetMs = 90 * DAY_MS;
    await runDurableObjectAlarm(object());
    await runDurableObjectAlarm(object());
    expect(await versions()).toEqual([2, 1]);
    expect((await copy())?.map(({ version }) => version)).toEqual([2, 1]);
  });

  it("JOS-8: the alarm drops the old generation after the overlap of 30 days", async () => {
    await versions();
    await object().rotate();
    expect(await alarmInMs()).toBeLessThanOrEqual(30 * DAY_MS);
    world.offsetMs = 30 * DAY_MS;
    await runDurableObjectAlarm(object());
    expect(await versions()).toEqual([2]);
    expect((await copy())?.map(({ version }) => version)).toEqual([2]);
  });

  it("GCM-9: an alarm that never came does not keep old keys in use", async () => {
    await versions();
    world.offsetMs = 90 * DAY_MS;
    expect(await versions()).toEqual([2, 1]);
  });

  it("GCM-8: a copy that could not be written is written a minute later", async () => {
    const put = vi.spyOn(env.TOKENS, "put").mockRejectedValue(new Error("KV is down"));
    expect(await versions()).toEqual([1]);
    expect(await copy()).toBeUndefined();
    expect(await alarmInMs()).toBeLessThanOrEqual(60_000);
    put.mockRestore();
    await runDurableObjectAlarm(object());
    expect((await copy())?.map(({ version }) => version)).toEqual([1]);
    expect(await alarmInMs()).toBeGreaterThan(60_000);
  });

  it("PCI-3.6.1: neither storage nor KV nor an answer holds a private key readable", async () => {
    const generations = await object().generations();
    const stored = await runInDurableObject(object(), (_, state) => [...state.storage.kv.list()]);
    const text = JSON.stringify([generations, stored]);
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi)":/);
    expect(await env.TOKENS.get("payload-keys")).toMatch(/^fp2\.k2\.[A-Za-z0-9._-]+$/);
    expect(generations.flatMap(({ keys }) => keys).map(({ sealed }) => sealed)).toEqual([
      expect.stringMatching(/^fp2\.k2\./),
      expect.stringMatching(/^fp2\.k2\./),
    ]);
  });

  it("GCM-8: rewrap wraps the private halves by the next key, and the copy too", async () => {
    await object().rotate();
    const before = await object().generations();
    const report = await object().rewrap({ "payload-keys": 1_000 });
    expect(report).toEqual({ keks: ["payload-keys/k2/1000"], unreadable: 0 });
    const after = await object().generations();
    for (const { sealed, kid } of after.flatMap(({ keys }) => keys)) {
      expect(sealed).toMatch(/^fp2\.k2\.1000\./);
      const old = before.flatMap(({ keys }) => keys).find((key) => key.kid === kid);
      expect(sealed.split(".")[5]).toBe(old?.sealed.split(".")[5]);
    }
    for (const key of after.flatMap(({ keys }) => keys)) {
      expect(await importPayloadKey(KEYRING, key)).toBeInstanceOf(CryptoKey);
    }
    expect(await copy()).toEqual(after);
    expect(await object().rewrap({ "payload-keys": 1_000 })).toEqual(report);
    expect(await object().generations()).toEqual(after);
  });

  it("GCM-8: a generation that is made while rewrap runs is kept", async () => {
    await versions();
    await Promise.all([object().rewrap({ "payload-keys": 1_001 }), object().rotate()]);
    expect(await versions()).toEqual([2, 1]);
  });

  it("GCM-4: a sealed key opens under its own name alone", async () => {
    const [generation] = await object().generations();
    const [ec, rsa] = generation?.keys ?? [];
    if (!ec || !rsa) throw new Error("two keys");
    expect(await importPayloadKey(KEYRING, ec)).toBeInstanceOf(CryptoKey);
    expect(await importPayloadKey(KEYRING, { ...ec, kid: rsa.kid })).toBeUndefined();
    expect(await importPayloadKey(KEYRING, { ...ec, sealed: rsa.sealed })).toBeUndefined();
    expect(await importPayloadKey(KEYRING, { ...ec, alg: rsa.alg })).toBeUndefined();
  });

  it("PCI-3.7.7: a copy that we did not seal is no copy", async () => {
    const generations = await object().generations();
    const sealed = await sealGenerations(KEYRING, generations);
    expect(await openGenerations(KEYRING, sealed)).toEqual(generations);
    expect(await openGenerations(KEYRING, JSON.stringify(generations))).toBeUndefined();
    const [key] = generations.flatMap(({ keys }) => keys);
    expect(await openGenerations(KEYRING, key?.sealed ?? "")).toBeUndefined();
  });

  it.each([
    ["ECDH-ES+A256KW", ["deriveBits"]],
    ["RSA-OAEP-256", ["decrypt"]],
  ])("JOS-7: the imported %s key has one use and cannot be exported", async (alg, usages) => {
    const generations = await object().generations();
    const found = generations.flatMap(({ keys }) => keys).find((key) => key.alg === alg);
    if (!found) throw new Error("no key");
    const key = await importPayloadKey(KEYRING, found);
    expect(key).toMatchObject({ type: "private", extractable: false, usages });
  });

  it("style.md 7: a stub of the object can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(PayloadKeyObject.prototype);
    const names = [PayloadKeyObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual([
      "alarm",
      "constructor",
      "dump",
      "generations",
      "restoreDump",
      "rewrap",
      "rotate",
    ]);
  });
});
