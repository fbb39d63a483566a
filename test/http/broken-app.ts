import { env } from "cloudflare:workers";
import type { LogFields } from "#base";
import type { HttpDeps } from "#http";
import { makeApp } from "../../src/app.ts";
import { wireHttp } from "../../src/wiring/index.ts";
import type { TestAnswer } from "../support/call.ts";

/** The app with one part of it broken, and what it logs. */
export function brokenApp(broken: Partial<HttpDeps>) {
  const logged: LogFields[] = [];
  const log: HttpDeps["log"] = (_, message, fields) => logged.push({ message, ...fields });
  const deps = { ...wireHttp(env), log, ...broken };
  const app = makeApp({ depsFor: () => deps, log });
  const send = async (request: Request): Promise<TestAnswer> => {
    const response = await app.fetch(request, {});
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
  };
  return { send, logged, deps };
}
