import { describe, expect, it } from "vitest";
import type { LogFields } from "#base";
import type { HttpDeps } from "#http";
import { makeApp } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";
import { env } from "cloudflare:workers";
import { BASE, initiateBody } from "../../support/call.ts";
import { signRaw } from "../../support/raw-sign.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { brokenApp } from "../broken-app.ts";
import { INITIATE, seen } from "../payments.ts";
import { expectProblem } from "../problem-shape.ts";

const SECRET = "secret-of-a-crash";

const signed = () =>
  signRaw({
    method: "POST",
    url: `${BASE}${INITIATE}`,
    key: TEST_KEYS.alpha,
    body: new Uint8Array(new TextEncoder().encode(JSON.stringify(initiateBody()))),
  });

describe("500", () => {
  it("PRB-1: a crash is a bare problem document, its reason goes to the log alone", async () => {
    const { send, logged } = brokenApp({
      assessRisk: () => Promise.reject(new TypeError(SECRET)),
    });
    const before = seen();
    const answer = await send(await signed());
    expectProblem(answer, "internal_error", INITIATE);
    expect(answer.text).not.toContain(SECRET);
    expect(logged).toEqual([
      {
        message: "unexpected error",
        requestId: answer.headers.get("x-request-id"),
        error: "TypeError",
        detail: SECRET,
      },
    ]);
    expect(seen()).toEqual(before);
  });

  const brokenInitiate = (...failures: Error[]) => {
    const deps = wireHttp(env);
    const tries: string[] = [];
    const initiate: HttpDeps["payments"]["initiate"] = (command) => {
      tries.push(command.merchantOrderId);
      const failure = failures.shift();
      return failure ? Promise.reject(failure) : deps.payments.initiate(command);
    };
    return { ...brokenApp({ payments: { ...deps.payments, initiate } }), tries };
  };

  it("api.md 2: a payment's object that breaks off once is asked again, and the caller sees nothing of it", async () => {
    const { send, tries } = brokenInitiate(new Error(SECRET));
    const answer = await send(await signed());
    expect(answer.status).toBe(201);
    expect(tries).toHaveLength(2);
  });

  it("api.md 2: one that breaks off twice may have begun: not an error of ours, but 'repeat it'", async () => {
    const { send } = brokenInitiate(new Error(SECRET), new Error(SECRET));
    const answer = await send(await signed());
    expectProblem(answer, "request_in_progress", INITIATE);
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.text).not.toContain(SECRET);
  });

  it("design: one that is overloaded has not begun, and is not asked again", async () => {
    const { send, tries } = brokenInitiate(Object.assign(new Error("busy"), { overloaded: true }));
    const answer = await send(await signed());
    expectProblem(answer, "admission_unavailable", INITIATE);
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(tries).toHaveLength(1);
  });

  it("design: an isolate that is full says so before it does anything", async () => {
    const { send } = brokenApp({ load: { enter: () => false, leave: () => undefined } });
    const before = seen();
    const answer = await send(await signed());
    expectProblem(answer, "admission_unavailable", INITIATE);
    expect(answer.headers.get("retry-after")).toBe("1");
    expect(seen()).toEqual(before);
  });

  it("PRB-1: an unmatched webhook that cannot be kept is not accepted", async () => {
    const deps = wireHttp(env);
    const keepUnmatched = () => Promise.reject(new Error(SECRET));
    const { send } = brokenApp({ ledger: { ...deps.ledger, keepUnmatched } });
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode("hook_alpha:hookPasswordalpha"),
    );
    const headers = { authorization: new Uint8Array(digest).toHex() };
    const body = JSON.stringify({ event: "some.future.event", payload: {} });
    const path = "/api/payments/webhook";
    const answer = await send(new Request(`${BASE}${path}`, { method: "POST", headers, body }));
    expectProblem(answer, "internal_error", path);
  });

  it("style.md 8: a broken configuration answers 500 to everything, and only the log names the place", async () => {
    const logged: LogFields[] = [];
    const app = makeApp({
      depsFor: () => {
        throw new Error("BOOTSTRAP is not valid: merchants.0.id");
      },
      log: (_, message, fields) => logged.push({ message, ...fields }),
    });
    const path = "/api/payments/health";
    const response = await app.fetch(new Request(`${BASE}${path}`), {});
    const text = await response.text();
    const { status, headers } = response;
    expectProblem({ status, headers, text, json: JSON.parse(text) }, "internal_error", path);
    expect(text).not.toContain("BOOTSTRAP");
    expect(logged).toMatchObject([{ error: "BOOTSTRAP is not valid: merchants.0.id" }]);
  });

  it("design: without the payload keys the JWKS is a 503 that is worth repeating", async () => {
    const path = "/.well-known/jwks.json";
    const deps = wireHttp(env);
    const jwks = () => Promise.reject(new Error(SECRET));
    const { send } = brokenApp({ payloadKeys: { ...deps.payloadKeys, jwks } });
    const answer = await send(new Request(`${BASE}${path}`));
    expectProblem(answer, "admission_unavailable", path);
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(answer.text).not.toContain(SECRET);
  });
});
