import { env } from "cloudflare:workers";
import {
  abortAllDurableObjects,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { breakerLines } from "../../src/wiring/breakers.ts";
import { TokenObject } from "../support/worker.ts";
import { world } from "../support/world.ts";

const LIFE_SEC = 3_600;
const SECRET = "client-secret-alpha";

let fetched = 0;
let answer: () => Response = () => new Response("", { status: 500 });

/** PhonePe's OAuth: a token with a number of its own each time. */
const good = () => {
  const issued = Math.floor(Date.now() / 1_000);
  return Response.json({
    access_token: `token-${fetched}`,
    token_type: "O-Bearer",
    issued_at: issued,
    expires_at: issued + LIFE_SEC,
  });
};
const down = () => new Response("R999", { status: 503 });

const object = (name = "alpha") => env.PHONEPE_TOKENS.getByName(name);
const accessTokenOf = async (refused: string | null = null) => {
  const result = await object().token(refused);
  return result.ok ? result.token.accessToken : result.reason;
};

beforeEach(async () => {
  world.offsetMs = 0;
  fetched = 0;
  answer = good;
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    fetched += 1;
    await scheduler.wait(1);
    return answer();
  });
  await reset();
  breakerLines.clear();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("token object", () => {
  it("UAT-02: 100 calls in a token's life are one fetch", async () => {
    for (let call = 0; call < 100; call += 1) expect(await accessTokenOf()).toBe("token-1");
    expect(fetched).toBe(1);
  });

  it("contract.md 2.3: 20 callers at once are one fetch", async () => {
    const tokens = await Promise.all(Array.from({ length: 20 }, () => accessTokenOf()));
    expect(new Set(tokens)).toEqual(new Set(["token-1"]));
    expect(fetched).toBe(1);
  });

  it("UAT-07: 20 callers whose token was refused are one fetch", async () => {
    await accessTokenOf();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => accessTokenOf("token-1")));
    expect(new Set(tokens)).toEqual(new Set(["token-2"]));
    expect(fetched).toBe(2);
  });

  it("UAT-07: a token that was replaced already is not fetched again", async () => {
    await accessTokenOf();
    await accessTokenOf("token-1");
    expect(await accessTokenOf("token-1")).toBe("token-2");
    expect(fetched).toBe(2);
  });

  it("UAT-04: the token outlives the object's memory", async () => {
    await accessTokenOf();
    await abortAllDurableObjects(); // evicting would wait for the time limit of the call
    expect(await accessTokenOf()).toBe("token-1");
    expect(fetched).toBe(1);
  });

  it("UAT-03: past half of its life a new one is fetched", async () => {
    await accessTokenOf();
    world.offsetMs = (LIFE_SEC / 2 - 10) * 1_000;
    expect(await accessTokenOf()).toBe("token-1");
    world.offsetMs = (LIFE_SEC / 2 + 10) * 1_000;
    expect(await accessTokenOf()).toBe("token-2");
  });

  it("UAT-03: the alarm fetches a new one without a caller", async () => {
    await accessTokenOf();
    expect(await runDurableObjectAlarm(object())).toBe(true);
    expect(await accessTokenOf()).toBe("token-2");
    expect(fetched).toBe(2);
  });

  it("UAT-03: an alarm that fails comes again", async () => {
    await accessTokenOf();
    answer = down;
    await runDurableObjectAlarm(object());
    const alarmAtMs = await runInDurableObject(object(), (_, state) => state.storage.getAlarm());
    expect((alarmAtMs ?? 0) - Date.now()).toBeGreaterThan(50_000);
    expect((alarmAtMs ?? 0) - Date.now()).toBeLessThan(70_000);
    answer = good;
    await runDurableObjectAlarm(object());
    expect(await accessTokenOf()).toBe("token-4");
  });

  it("contract.md 2.3: a failed fetch keeps the old token while it lives, and no longer", async () => {
    await accessTokenOf();
    answer = down;
    world.offsetMs = (LIFE_SEC - 10) * 1_000;
    expect(await accessTokenOf()).toBe("token-1");
    world.offsetMs = LIFE_SEC * 1_000;
    expect(await accessTokenOf()).toBe("http_503_");
  });

  it("UAT-07: a failed fetch does not bring back the refused token", async () => {
    await accessTokenOf();
    answer = down;
    expect(await accessTokenOf("token-1")).toBe("http_503_");
  });

  it("contract.md 2.5: a failed fetch is repeated once, and again by the next call", async () => {
    answer = down;
    expect(await accessTokenOf()).toBe("http_503_");
    expect(fetched).toBe(2);
    answer = good;
    expect(await accessTokenOf()).toBe("token-3");
  });

  it("design.md 1: fetches that keep failing open a breaker, and nobody is asked for a while", async () => {
    answer = down;
    for (let call = 0; call < 4; call += 1) await accessTokenOf();
    expect(fetched).toBe(5);
    answer = good;
    expect(await accessTokenOf()).toBe("breaker_open");
    expect(fetched).toBe(5);
  });

  it("UAT-04: a token that comes past its half plans no alarm for the past", async () => {
    const issued = Math.floor(Date.now() / 1_000) - 3_000;
    const times = { issued_at: issued, expires_at: issued + LIFE_SEC };
    answer = () => Response.json({ access_token: "old", token_type: "O-Bearer", ...times });
    await accessTokenOf();
    await accessTokenOf();
    expect(fetched).toBe(1);
    const alarmAtMs = await runInDurableObject(object(), (_, state) => state.storage.getAlarm());
    expect(alarmAtMs ?? 0).toBeGreaterThan(Date.now());
  });

  it("GCM-6: neither storage nor KV holds the token or a secret readable", async () => {
    await accessTokenOf();
    const stored = await runInDurableObject(object(), (_, state) => [
      ...state.storage.kv.list<string>(),
    ]);
    const { keys } = await env.TOKENS.list();
    const copies = await Promise.all(keys.map(({ name }) => env.TOKENS.get(name)));
    expect(stored).toHaveLength(1);
    expect(copies).toHaveLength(1);
    const text = JSON.stringify([stored, copies, keys]);
    expect(text).not.toMatch(/token-1|O-Bearer/);
    expect(text).not.toContain(SECRET);
    expect(copies[0]).toMatch(/^fp2\.k2\./);
  });

  it("GCM-4: another merchant's sealed token does not open", async () => {
    await accessTokenOf();
    const sealed = await runInDurableObject(object(), (_, state) =>
      state.storage.kv.get<string>("token"),
    );
    const beta = object("beta");
    await runInDurableObject(beta, (_, state) => state.storage.kv.put("token", sealed));
    expect(await beta.token(null)).toMatchObject({ ok: true, token: { accessToken: "token-2" } });
  });

  it("api.md 8: a merchant without credentials has no token, and nobody is asked", async () => {
    expect(await object("nobody").token(null)).toEqual({ ok: false, reason: "no_credentials" });
    expect(fetched).toBe(0);
  });

  describe("rewrap", () => {
    const stored = () =>
      runInDurableObject(object(), (_, state) => state.storage.kv.get<string>("token"));
    const copies = async () => {
      const { keys } = await env.TOKENS.list();
      return Promise.all(keys.map(({ name }) => env.TOKENS.get(name)));
    };

    it("GCM-8: the same token, wrapped by the next key, without a fetch", async () => {
      await accessTokenOf();
      const before = await stored();
      expect(await object().rewrap({ tokens: 1_000 })).toEqual({
        keks: ["tokens/k2/1000"],
        unreadable: 0,
      });
      const after = await stored();
      expect(after).toMatch(/^fp2\.k2\.1000\./);
      expect(after?.split(".")[5]).toBe(before?.split(".")[5]);
      expect(await copies()).toEqual([after]);
      await abortAllDurableObjects();
      expect(await accessTokenOf()).toBe("token-1");
      expect(fetched).toBe(1);
    });

    it("GCM-8: run twice, it changes nothing the second time", async () => {
      await accessTokenOf();
      await object().rewrap({ tokens: 1_001 });
      const once = await stored();
      await object().rewrap({ tokens: 1_001 });
      expect(await stored()).toBe(once);
    });

    it("GCM-8: without a token it does nothing, and fetches none", async () => {
      expect(await object().rewrap({})).toEqual({ keks: [], unreadable: 0 });
      expect([fetched, await stored(), await copies()]).toEqual([0, undefined, []]);
    });

    it("I12: calls go on while it runs", async () => {
      await accessTokenOf();
      const calls = Array.from({ length: 20 }, (_, index) =>
        index % 4 === 0 ? object().rewrap({ tokens: 1_002 + index }) : accessTokenOf(),
      );
      const tokens = (await Promise.all(calls)).filter((answer) => typeof answer === "string");
      expect(new Set(tokens)).toEqual(new Set(["token-1"]));
      expect(fetched).toBe(1);
    });
  });

  it("style.md 7: a stub of a token object can call these methods and no others", () => {
    const base: unknown = Object.getPrototypeOf(TokenObject.prototype);
    const names = [TokenObject.prototype, base].flatMap(Object.getOwnPropertyNames);
    expect([...new Set(names)].toSorted()).toEqual(["alarm", "constructor", "rewrap", "token"]);
  });
});
