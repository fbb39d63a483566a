import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { merchantIdSchema } from "#base";
import { freshId } from "../../support/call.ts";
import { TEST_BOOTSTRAP, testMerchant } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { type Door, doorOf, failedIds, recordedPayment, runSuite } from "./run-suite.ts";

afterEach(() => world.renew());

describe("the self-test on a sound gateway", () => {
  it("28: everything passes, and nothing is skipped where there is a sandbox and another merchant", async () => {
    await recordedPayment();
    const results = await runSuite();
    expect([...results.values()].filter(({ ok }) => !ok)).toEqual([]);
    expect([...results.values()].filter(({ detail }) => detail.includes("skipped"))).toEqual([]);
    expect(results.size).toBeGreaterThan(35);
  });

  it.each(["beta", "gamma"])("28: everything passes for merchant %s", async (id) => {
    expect(failedIds(await runSuite({}, merchantIdSchema.parse(id)))).toEqual([]);
  });

  it("28: a merchant that allows few addresses is called from one of them", async () => {
    const [id, from] = [freshId("listed"), "203.0.113.0"];
    const bootstrap = JSON.parse(TEST_BOOTSTRAP);
    bootstrap.merchants.push(testMerchant(id, { allowIps: [`${from}/24`] }));
    const bindings = { ...env, BOOTSTRAP: JSON.stringify(bootstrap) };
    const app = doorOf({}, bindings);
    const seen = new Set<string | null>();
    const door = () => (request: Request) => {
      seen.add(request.headers.get("cf-connecting-ip"));
      return app(request);
    };
    const results = await runSuite({ bindings, door }, merchantIdSchema.parse(id));
    expect(results.get("signature.accepted")).toMatchObject({ ok: true });
    expect([...seen]).toEqual([from]);
  });

  it("28: a door that hangs is a failed test, and the others are carried out", async () => {
    // Time is up as soon as the door hangs.
    let endTime = () => {};
    const sleep = () =>
      new Promise<void>((resolve) => {
        endTime = resolve;
      });
    const door = (app: Door) => (request: Request) => {
      if (!request.url.endsWith("/jwks.json")) return app(request);
      endTime();
      return new Promise<Response>(() => {});
    };
    const results = await runSuite({ door, ports: () => ({ sleep }) });
    expect(results.get("jwks.public")).toMatchObject({ ok: false, detail: "no answer in time" });
    expect(results.get("route.unknown")).toMatchObject({ ok: true });
  });

  it("28: limits of the merchant's own are waited for, and are no failure", async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      if (ms > 10_000) return scheduler.wait(ms); // a test that hangs
      waits.push(ms);
      world.offsetMs += ms;
    };
    const results = await runSuite({ ports: () => ({ sleep }) }, merchantIdSchema.parse("delta"));
    expect(failedIds(results)).toEqual([]);
    expect(waits.length).toBeGreaterThan(0);
  });
});
