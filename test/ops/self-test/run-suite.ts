/** The suite against an app of the test's own, with everything else as it is wired. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type MerchantId, merchantIdSchema, MINUTE_MS, randomId } from "#base";
import type { HttpDeps } from "#http";
import type { SelfTestPorts } from "#ops-objects";
import { makeApp } from "../../../src/app.ts";
import { runChapter } from "../../../src/ops/self-test/chapter.ts";
import type { TestResult } from "../../../src/ops/self-test/ports.ts";
import { CHAPTERS } from "../../../src/ops/self-test/suite.ts";
import { paymentObjectName } from "#payments";
import { call, initiateBody } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { world } from "../../support/world.ts";
import { log } from "../../../src/platform.ts";
import { wireHttp, wireSelfTest } from "../../../src/wiring/index.ts";

const ALPHA: MerchantId = merchantIdSchema.parse("alpha");
/** Nobody gives out tokens in tests: a sound deployment has to be told so. */
const FRESH = async () => ({ ok: true, detail: "fresh" });

export type Door = (request: Request) => Promise<Response>;

/** How a deployment is weak. */
export interface Weakness {
  /** In the app's ports. */
  readonly deps?: (sound: HttpDeps) => Partial<HttpDeps>;
  /** Around the app. */
  readonly door?: (app: Door) => Door;
  /** In what the gateway keeps: bindings of which the self-test reads. */
  readonly bindings?: object;
  /** Done to the gateway before the run. */
  readonly prepare?: () => Promise<unknown>;
  readonly ports?: (sound: SelfTestPorts) => Partial<SelfTestPorts>;
}

export function doorOf({ deps: breakDeps, door }: Weakness = {}, bindings = env): Door {
  const sound = wireHttp(bindings);
  const deps = { ...sound, ...breakDeps?.(sound) };
  const app = makeApp({ depsFor: () => deps, log });
  const plain: Door = async (request) => app.fetch(request, {});
  return door ? door(plain) : plain;
}

/** All results by their ids. */
export async function runSuite(
  weakness: Weakness = {},
  merchantId: MerchantId = ALPHA,
): Promise<ReadonlyMap<string, TestResult>> {
  await weakness.prepare?.();
  const wired = await wireSelfTest(Object.assign({}, env, weakness.bindings)).portsOf(merchantId);
  const sound = { ...wired, token: FRESH, fetch: doorOf(weakness) };
  const ports = { ...sound, ...weakness.ports?.(wired) };
  const runId = randomId("run");
  const results: TestResult[] = [];
  for (const chapter of CHAPTERS) {
    results.push(...(await runChapter(ports, chapter, { runId, noteKey: () => {} })));
  }
  return new Map(results.map((result) => [result.id, result]));
}

/** A payment of another merchant that its ledger knows of. */
export async function recordedPayment(): Promise<void> {
  const body = initiateBody();
  await call({ path: "/api/payments/initiate", body, key: TEST_KEYS.beta });
  const name = paymentObjectName(merchantIdSchema.parse("beta"), String(body["merchantOrderId"]));
  world.offsetMs = MINUTE_MS;
  await runDurableObjectAlarm(env.PAYMENTS.getByName(name));
  world.offsetMs = 0;
}

export function failedIds(results: ReadonlyMap<string, TestResult>): string[] {
  return [...results.values()].filter(({ ok }) => !ok).map(({ id }) => id);
}
