/** The app under a configuration of a test's own: more merchants, or production. */
import { env } from "cloudflare:workers";
import type { Bindings } from "../../src/env.ts";
import { makeApp } from "../../src/app.ts";
import { log } from "../../src/platform.ts";
import { wireHttp } from "../../src/wiring/index.ts";
import { readAnswer, signedRequest, type TestAnswer, type TestCall } from "./call.ts";
import { TEST_BOOTSTRAP, type testMerchant } from "./secrets.ts";

export interface TestApp {
  /** Signs and sends. */
  readonly call: (request: TestCall) => Promise<TestAnswer>;
  /** Sends a request as it is. */
  readonly send: (request: Request) => Promise<TestAnswer>;
}

interface AppOptions {
  readonly environment?: "development" | "production";
  /** In place of the tests' own. */
  readonly bindings?: Partial<Bindings>;
  /** Variables and secrets, beside the tests' own. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Its objects are those of all tests: what a merchant has done here is known there. */
export function appWith(
  merchants: readonly ReturnType<typeof testMerchant>[],
  { environment = "development", bindings = {}, settings: more = {} }: AppOptions = {},
): TestApp {
  const bootstrap = JSON.parse(TEST_BOOTSTRAP);
  bootstrap.merchants.push(...merchants);
  const own = { BOOTSTRAP: JSON.stringify(bootstrap), ENVIRONMENT: environment };
  const deps = wireHttp({ ...env, ...bindings, ...own, ...more });
  const app = makeApp({ depsFor: () => deps, log });
  const send = async (request: Request) => readAnswer(await app.fetch(request, {}));
  return { send, call: async (request) => send(await signedRequest(request)) };
}
