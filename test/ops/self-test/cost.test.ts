import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { CALLS_MAX } from "../../../src/ops/self-test/caller.ts";
import { CHAPTERS } from "../../../src/ops/self-test/suite.ts";
import { world } from "../../support/world.ts";
import { doorOf, failedIds, recordedPayment, runSuite } from "./run-suite.ts";

afterEach(() => world.renew());

/** Calls of objects, KV and R2, by binding; names and stubs are free. */
const calls: string[] = [];
const isFree = /^(getByName|idFromName|get jurisdiction)$/;

function counting<Target extends object>(target: Target, binding: string): Target {
  return new Proxy(target, {
    get(_, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args);
        if (!isFree.test(name)) calls.push(`${binding}.${name}`);
        return isFree.test(name) && typeof result === "object" && result !== null
          ? counting(result, binding)
          : result;
      };
    },
  });
}

const countedEnv = () =>
  Object.assign(
    {},
    env,
    Object.fromEntries(
      Object.entries(env).flatMap(([name, binding]) =>
        typeof binding === "object" && binding !== null ? [[name, counting(binding, name)]] : [],
      ),
    ),
  );

describe("the self-test's cost", () => {
  it("28: a run makes less than 200 subrequests, those of the Worker that it calls included", async () => {
    await recordedPayment();
    calls.length = 0;
    const bindings = countedEnv();
    let requests = 0;
    const app = doorOf({}, bindings);
    const door = () => (request: Request) => {
      requests += 1;
      return app(request);
    };
    expect(failedIds(await runSuite({ bindings, door }))).toEqual([]);
    expect(requests).toBeGreaterThan(30);
    expect(calls.length).toBeGreaterThan(30);
    expect(requests + calls.length).toBeLessThan(200);
  });

  it("28: a chapter calls the Worker less often than one request may", async () => {
    let requests = 0;
    const door = (app: (request: Request) => Promise<Response>) => (request: Request) => {
      requests += 1;
      return app(request);
    };
    await runSuite({ door });
    expect(requests).toBeLessThanOrEqual(CHAPTERS.length * CALLS_MAX);
    expect(CALLS_MAX).toBeLessThan(32);
  });
});
