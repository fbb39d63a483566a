import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { makePayloadKeySource, openJwe, parseKeyring, publicJwkSchema } from "#vault";
import { configOf } from "../../src/env.ts";
import { makeGeneration, sealGenerations } from "../../src/vault/payload-key-pairs.ts";
import type { PayloadGeneration } from "../../src/vault/payload-keys.ts";
import { wirePayloadKeys } from "../../src/wiring/index.ts";
import { TEST_MASTER_KEYS } from "../support/secrets.ts";
import {
  encrypt,
  fromBase64Url,
  type KeyPair,
  keyStore,
  makePair,
  textOf,
  utf8,
} from "../support/jwe.ts";

const KEYRING = parseKeyring(TEST_MASTER_KEYS);
const START_MS = 1_795_000_000_000;
const INVENTED = "A".repeat(43);

let first: PayloadGeneration;
let second: PayloadGeneration;
let nowMs = START_MS;

beforeAll(async () => {
  first = await makeGeneration(KEYRING, { version: 1, nowMs: START_MS });
  second = await makeGeneration(KEYRING, { version: 2, nowMs: START_MS + 1_000 });
});

beforeEach(() => {
  nowMs = START_MS;
});

/** An isolate, and the world around it as the test wants it. */
function isolate(
  given: {
    object?: PayloadGeneration[];
    copy?: string | null;
    sleep?: (ms: number) => Promise<void>;
  } = {},
) {
  const state = { object: given.object ?? [first], copy: given.copy ?? null, asks: 0, reads: 0 };
  const faults = { object: false, copy: false };
  const logged: string[] = [];
  const source = makePayloadKeySource({
    nowMs: () => nowMs,
    sleep: given.sleep ?? (async () => undefined),
    log: (_, message) => logged.push(message),
    keyring: KEYRING,
    readCopy: async () => {
      state.reads += 1;
      if (faults.copy) throw new Error("KV is down");
      return state.copy;
    },
    ask: async () => {
      state.asks += 1;
      if (faults.object) throw new Error("the object is down");
      return state.object;
    },
  });
  const kids = async () => (await source.jwks()).keys.map(({ kid }) => kid);
  return { source, state, faults, logged, kids };
}

const kidsOf = (...generations: PayloadGeneration[]) =>
  generations.flatMap(({ keys }) => keys.map(({ kid }) => kid));
const kidOf = (generation: PayloadGeneration, alg: KeyPair["alg"]) =>
  generation.keys.find((key) => key.alg === alg)?.kid;

describe("where payload keys come from", () => {
  it("JOS-8: the set has public members with use, alg and kid, and nothing else", async () => {
    const { keys } = await isolate({ object: [second, first] }).source.jwks();
    expect(keys.map((key) => Object.keys(key).toSorted())).toEqual([
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
      ["alg", "e", "kid", "kty", "n", "use"],
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
      ["alg", "e", "kid", "kty", "n", "use"],
    ]);
  });

  it("GCM-8: a minute of calls is one question to the object", async () => {
    const { kids, state } = isolate();
    for (let call = 0; call < 100; call += 1) expect(await kids()).toEqual(kidsOf(first));
    expect(state).toMatchObject({ asks: 1, reads: 1 });
    nowMs += 60_000;
    await kids();
    expect(state).toMatchObject({ asks: 2, reads: 2 });
  });

  it("GCM-8: the copy saves the question", async () => {
    const { kids, state } = isolate({ copy: await sealGenerations(KEYRING, [second, first]) });
    expect(await kids()).toEqual(kidsOf(second, first));
    expect(state).toMatchObject({ asks: 0, reads: 1 });
  });

  it("GCM-9: a copy whose rotation is due is not believed", async () => {
    const { kids, state } = isolate({
      object: [second],
      copy: await sealGenerations(KEYRING, [first]),
    });
    nowMs += 90 * DAY_MS;
    expect(await kids()).toEqual(kidsOf(second));
    expect(state.asks).toBe(1);
  });

  it.each(["", "x", "fp1.k2.AA.AA", "fp2.k2.1.AA.AA.AA"])(
    "PCI-3.7.7: a copy that does not open is none: %j",
    async (copy) => {
      const { kids, state } = isolate({ copy });
      expect(await kids()).toEqual(kidsOf(first));
      expect(state.asks).toBe(1);
    },
  );

  it("GCM-8: an older copy does not take back what the object said", async () => {
    const { source, kids, state } = isolate({ copy: await sealGenerations(KEYRING, [first]) });
    await kids();
    state.object = [second, first];
    const kid = kidOf(second, "RSA-OAEP-256");
    expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeInstanceOf(CryptoKey);
    nowMs += 60_000;
    expect(await kids()).toEqual(kidsOf(second, first));
    expect(state.asks).toBe(1);
  });

  it("JOS-8: a generation that ends is gone, whatever memory and copy hold", async () => {
    const { source, kids } = isolate({ copy: await sealGenerations(KEYRING, [second, first]) });
    const kid = kidOf(first, "RSA-OAEP-256");
    expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeInstanceOf(CryptoKey);
    nowMs += 30 * DAY_MS + 1_000;
    expect(await kids()).toEqual(kidsOf(second));
    expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeUndefined();
  });

  it("GCM-8: without KV the object serves, without both what was known", async () => {
    const { kids, faults } = isolate();
    faults.copy = true;
    expect(await kids()).toEqual(kidsOf(first));
    faults.object = true;
    nowMs += 600_000;
    expect(await kids()).toEqual(kidsOf(first));
  });

  it("GCM-8: an isolate that never knew a key says that it is out of order", async () => {
    const { source, faults } = isolate();
    faults.object = true;
    await expect(source.jwks()).rejects.toThrow("the object is down");
    await expect(source.privateKey(INVENTED, "RSA-OAEP-256")).rejects.toThrow("is down");
  });
});

describe("private keys", () => {
  it("JOS-7: they cannot be exported, and are imported once", async () => {
    const { source } = isolate();
    const kid = kidOf(first, "ECDH-ES+A256KW");
    const key = await source.privateKey(kid, "ECDH-ES+A256KW");
    expect(key).toMatchObject({ extractable: false, type: "private" });
    expect(await source.privateKey(kid, "ECDH-ES+A256KW")).toBe(key);
  });

  it("JOS-7: a name with the other algorithm is no key", async () => {
    const { source } = isolate();
    const kid = kidOf(first, "ECDH-ES+A256KW");
    expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeUndefined();
  });

  it("JOS-4: a token without a kid means the newest key of its algorithm", async () => {
    const { source } = isolate({ object: [second, first] });
    const named = await source.privateKey(kidOf(second, "RSA-OAEP-256"), "RSA-OAEP-256");
    expect(await source.privateKey(undefined, "RSA-OAEP-256")).toBe(named);
  });

  it("GCM-8: a key made a moment ago is found, although memory does not know it", async () => {
    const { source, state, kids } = isolate();
    await kids();
    state.object = [second, first];
    const kid = kidOf(second, "RSA-OAEP-256");
    expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeInstanceOf(CryptoKey);
    expect(state.asks).toBe(2);
  });

  it("JOS-4: a thousand invented kids cost three questions, and two more a second", async () => {
    const { source, state, kids } = isolate();
    await kids();
    for (let call = 0; call < 1_000; call += 1) {
      const kid = call.toString(36).padStart(43, "A");
      expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeUndefined();
    }
    expect(state.asks).toBe(1 + 3);
    nowMs += 1_000;
    for (let call = 0; call < 10; call += 1) await source.privateKey(INVENTED, "RSA-OAEP-256");
    expect(state.asks).toBe(1 + 3 + 2);
  });

  it("I12: a burst to a key made a moment ago opens, with three questions in all", async () => {
    const { source, state, kids } = isolate();
    await kids();
    state.object = [second, first];
    const kid = kidOf(second, "ECDH-ES+A256KW");
    const burst = Array.from({ length: 100 }, () => source.privateKey(kid, "ECDH-ES+A256KW"));
    for (const key of await Promise.all(burst)) expect(key).toBeInstanceOf(CryptoKey);
    expect(state.asks).toBeLessThanOrEqual(1 + 3);
  });

  it("JOS-4: who has no question waits for a second at most, and 500 wait at once", async () => {
    const waits: number[] = [];
    const asleep = isolate({
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
    });
    await asleep.kids();
    for (let call = 0; call < 4; call += 1) {
      await asleep.source.privateKey(INVENTED, "RSA-OAEP-256");
    }
    expect(waits).toEqual([25, 50, 100, 200, 400]);

    const { source, kids } = isolate({ sleep: () => new Promise(() => undefined) });
    await kids();
    const answered: unknown[] = [];
    for (let call = 0; call < 600; call += 1) {
      void source.privateKey(INVENTED, "RSA-OAEP-256").then((key) => answered.push(key));
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(answered).toEqual(Array(3 + 100).fill(undefined));
  });

  it.each(["", "../../k", "constructor", "__proto__", "x".repeat(44), `${"A".repeat(42)}=`])(
    "JOS-4: a kid that cannot be ours costs nothing: %j",
    async (kid) => {
      const { source, state, kids } = isolate();
      await kids();
      expect(await source.privateKey(kid, "RSA-OAEP-256")).toBeUndefined();
      expect(state.asks).toBe(1);
    },
  );

  it("GCM-5: a key that does not open is said in the log and never used", async () => {
    const [ec, rsa] = first.keys;
    if (!ec || !rsa) throw new Error("two keys");
    const swapped = { ...first, keys: [{ ...ec, sealed: rsa.sealed }, rsa] };
    const { source, logged } = isolate({ object: [swapped] });
    expect(await source.privateKey(ec.kid, "ECDH-ES+A256KW")).toBeUndefined();
    expect(logged).toEqual(["payload key does not open"]);
  });
});

describe("the worker's payload keys", () => {
  const wired = () => wirePayloadKeys(env);
  const TEXT = '{"amount":49900}';

  it.each(["ECDH-ES+A256KW", "RSA-OAEP-256"] as const)(
    "api.md 4: what is encrypted to the published %s key opens in every isolate",
    async (alg) => {
      const { keys } = await wired().jwks();
      const publicJwk = keys.map(Object).find((key) => key.alg === alg);
      const pair = { alg, publicJwk, privateJwk: {} };
      const token = await encrypt(pair, TEXT, { kid: publicJwk.kid });
      const result = await wired().open(token);
      expect(result.ok && textOf(result.value)).toBe(TEXT);
    },
  );

  it("GCM-8: a rotation between reading the set and sending harms nobody", async () => {
    const here = wired();
    const there = wired();
    await there.jwks();
    await env.PAYLOAD_KEYS.getByName("gateway").rotate();
    for (const isolateOfSender of [here, there]) {
      const [key] = (await isolateOfSender.jwks()).keys.map(Object);
      const pair = { alg: key.alg, publicJwk: key, privateJwk: {} };
      const token = await encrypt(pair, TEXT, { kid: key.kid });
      expect(await here.open(token)).toMatchObject({ ok: true });
      expect(await there.open(token)).toMatchObject({ ok: true });
    }
  });

  it("api.md 4: an answer is sealed to the merchant's registered key, if there is one", async () => {
    const pair = await makePair("ECDH-ES+A256KW");
    const jwk = publicJwkSchema().parse(pair.publicJwk);
    const { directory } = configOf(env);
    const [registered] = directory.merchants.values();
    if (!registered) throw new Error("a merchant");
    const keyless = { ...registered, jwk: undefined };
    expect(await wired().seal(keyless, utf8(TEXT))).toBeUndefined();
    const token = (await wired().seal({ ...registered, jwk }, utf8(TEXT))) ?? "";
    expect(JSON.parse(textOf(fromBase64Url(token.split(".")[0] ?? "")))).toMatchObject({
      alg: "ECDH-ES+A256KW",
    });
    const result = await openJwe(token, keyStore(pair.privateJwk).keyOf);
    expect(result.ok && textOf(result.value)).toBe(TEXT);
  });
});
