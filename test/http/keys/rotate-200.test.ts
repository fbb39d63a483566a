import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { KEY_NAMES } from "#vault";
import { call } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { listKeys, rotateKeys, versions } from "./keys.ts";

beforeAll(() => {
  world.offsetMs = DAY_MS; // No alarm comes by itself.
});

describe("POST /api/payments/rotate-keys 200", () => {
  it("api.md 7: without names all six get their next version", async () => {
    const before = await versions();
    const answer = await rotateKeys({});
    expect(answer.status).toBe(200);
    const next = Object.fromEntries(KEY_NAMES.map((name) => [name, (before[name] ?? 0) + 1]));
    expect(answer.json).toEqual({ versions: next });
    expect(await versions()).toEqual(next);
  });

  it.each(KEY_NAMES)("api.md 7: %s alone changes no other version", async (name) => {
    const before = await versions();
    const answer = await rotateKeys({ keys: [name] });
    const next = (before[name] ?? 0) + 1;
    expect(answer.json).toEqual({ versions: { [name]: next } });
    expect(await versions()).toEqual({ ...before, [name]: next });
  });

  it("api.md 7: a name that stands twice is rotated once", async () => {
    const { api = 0 } = await versions();
    const answer = await rotateKeys({ keys: ["api", "api", "vault"] });
    expect(answer.json["versions"]).toMatchObject({ api: api + 1 });
  });

  it("PCI-10.2.1: stands in the audit log of the merchant whose key asked for it", async () => {
    await rotateKeys({ keys: ["tokens"] });
    await runDurableObjectAlarm(env.KEY_REGISTRY.getByName("gateway"));
    const path = "/api/payments/audit?action=keys.rotated&limit=1";
    const log = await call({ path, key: TEST_KEYS.alpha });
    const { tokens } = await versions();
    expect(log.json["entries"]).toMatchObject([
      {
        event: {
          actor: { type: "api_key", id: TEST_KEYS.alpha.keyId },
          requestId: expect.stringMatching(/^req_/),
          details: { versions: { tokens } },
        },
      },
    ]);
  });

  it("GCM-8: what is stored is wrapped anew behind the answer", async () => {
    await rotateKeys({ keys: ["vault"] });
    expect((await listKeys()).json["rewrap"]).toMatchObject({ state: "running", endedAt: null });
    await runDurableObjectAlarm(env.KEY_REGISTRY.getByName("gateway"));
    expect((await listKeys()).json["rewrap"]).toMatchObject({ state: "planned", left: 0 });
  });

  it("api.md 7: secrets that merchants hold do not change", async () => {
    for (const key of [TEST_KEYS.alpha, TEST_KEYS.beta]) {
      await rotateKeys({ keys: ["api", "webhook"] });
      expect((await listKeys({ key })).status).toBe(200);
    }
  });

  it("I10: the answer holds numbers and nothing else", async () => {
    const { text } = await rotateKeys({});
    expect(text).toMatch(/^\{"versions":\{("[a-z]+":\d+,?){6}\}\}$/);
  });
});
