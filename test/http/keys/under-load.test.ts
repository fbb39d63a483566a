import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { beforeAll, describe, expect, it } from "vitest";
import { DAY_MS } from "#base";
import { appWith, type TestApp } from "../../support/app.ts";
import { freshId, initiateBody, type TestCall } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { newKey } from "../api-keys/keys.ts";
import { encrypted, JOSE } from "../payload/encrypted.ts";
import { INITIATE } from "../payments.ts";
import { rotateKeys } from "./keys.ts";

const ROUNDS = 3;
const READS = 12;
const PAYS = 4;
/** More than an isolate may ask at once about keys that it does not know. */
const NEWEST = 6;

/** What was said to a call, and what should have been. */
interface Said {
  readonly wanted: string;
  readonly got: string;
}

async function said(app: TestApp, wanted: string, request: TestCall): Promise<Said> {
  const { status, json } = await app.call(request);
  return { wanted, got: status < 300 ? String(status) : String(json["code"]) };
}

const times = (count: number, work: () => Promise<Said>) => Array.from({ length: count }, work);

beforeAll(() => {
  world.offsetMs = DAY_MS; // Alarms run where the test says so.
});

describe("rotation under load", () => {
  it("I12: no request fails while all six are rotated again and again", async () => {
    const made = await newKey({ tier: "enterprise" });
    // Isolates that have everything in memory, of before the first rotation; and new ones in each round.
    const warm = [appWith([]), appWith([])];
    const pinned = await encrypted(initiateBody());
    const all: Said[] = [];
    for (const app of warm)
      all.push(await said(app, "201", { path: INITIATE, body: initiateBody() }));
    for (let round = 0; round < ROUNDS; round += 1) {
      const fresh = appWith([]);
      const running = [...warm, fresh].flatMap((app) => [
        ...times(READS, () =>
          said(app, "payment_not_found", { path: `/api/payments/status/${freshId()}`, key: made }),
        ),
        ...times(PAYS, () => said(app, "201", { path: INITIATE, body: initiateBody(), key: made })),
        said(app, "200", { path: "/api/payments/api-keys" }),
        said(app, "200 or 201", { path: INITIATE, body: pinned, contentType: JOSE }),
      ]);
      const rotated = await rotateKeys({});
      all.push({ wanted: "200", got: String(rotated.status) });
      const wrapping = runDurableObjectAlarm(env.KEY_REGISTRY.getByName("gateway"));
      // Encrypted to keys that only a new isolate has published so far.
      const publisher = appWith([]);
      const newest = await Promise.all(
        Array.from({ length: NEWEST }, () =>
          encrypted(initiateBody(), "ECDH-ES+A256KW", publisher),
        ),
      );
      const late = newest.flatMap((body) =>
        warm.map((app) => said(app, "200 or 201", { path: INITIATE, body, contentType: JOSE })),
      );
      const created = said(fresh, "201", {
        method: "POST",
        path: "/api/payments/api-keys",
        body: {},
      });
      all.push(...(await Promise.all([...running, ...late, created])));
      await wrapping;
    }
    const failed = all.filter(({ wanted, got }) => !wanted.split(" or ").includes(got));
    expect(failed).toEqual([]);
    expect(all.length).toBeGreaterThan(ROUNDS * 50);
  });

  it("I12: an API key made before any rotation signs after all of them, in a new isolate", async () => {
    const made = await newKey();
    for (let round = 0; round < 3; round += 1) {
      await rotateKeys({ keys: ["master", "vault", "api"] });
      await runDurableObjectAlarm(env.KEY_REGISTRY.getByName("gateway"));
      const path = `/api/payments/status/${freshId()}`;
      const { json } = await appWith([]).call({ path, key: made });
      expect(json["code"]).toBe("payment_not_found");
    }
  });

  it("I12: it goes on for who holds another merchant's key", async () => {
    await rotateKeys({});
    const path = `/api/payments/status/${freshId()}`;
    const { json } = await appWith([]).call({ path, key: TEST_KEYS.beta });
    expect(json["code"]).toBe("payment_not_found");
  });
});
