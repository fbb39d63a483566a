import { describe, expect, it } from "vitest";
import type { LogFields } from "#base";
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

  it("PRB-1: a payment's object that breaks off is a bare 500", async () => {
    const deps = wireHttp(env);
    const initiate = () => Promise.reject(new Error(SECRET));
    const { send } = brokenApp({ payments: { ...deps.payments, initiate } });
    const answer = await send(await signed());
    expectProblem(answer, "internal_error", INITIATE);
    expect(answer.text).not.toContain(SECRET);
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
});
