import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { PROBLEMS } from "#problems";
import { routesFor } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";
import { BASE, send } from "../../support/call.ts";
import { expectProblem } from "../problem-shape.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** Values of path parameters that are there. */
const KNOWN: Record<string, string> = { code: "state_conflict", provider: "acme" };

const documentSchema = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
});
const get = (path: string, method = "GET") => send(new Request(`${BASE}${path}`, { method }));
const { json } = await get("/openapi.json");
const { openapi, paths } = documentSchema.parse(json);
const documented = Object.entries(paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
);

describe("GET /openapi.json", () => {
  it("API-9: is OpenAPI 3.1", () => {
    expect(openapi).toMatch(/^3\.1\./);
  });

  it.each(Object.entries(paths))(
    "API-9: %s is routed, by its methods alone",
    async (path, item) => {
      const real = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => KNOWN[name] ?? "x");
      for (const method of METHODS) {
        const answer = await get(real, method);
        const isRefused = answer.json["code"] === "method_not_allowed";
        expect([method, isRefused]).toEqual([method, !Object.hasOwn(item, method.toLowerCase())]);
        expect(answer.json["code"]).not.toBe("route_not_found");
      }
    },
  );

  it("API-9: holds every route", () => {
    const routed = routesFor(wireHttp(env)).map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`,
    );
    expect(documented.toSorted()).toEqual(routed.toSorted());
  });
});

describe("pages", () => {
  it("API-9: /docs is a page with a policy of its own", async () => {
    const answer = await get("/docs");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src/);
    expect(answer.text).toContain("/api/payments/initiate");
    const head = await get("/docs", "HEAD");
    expect([head.status, head.text]).toEqual([200, ""]);
  });

  it.each(Object.keys(PROBLEMS))("PRB-2: /problems/%s explains it", async (code) => {
    const answer = await get(`/problems/${code}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src/);
    expect(answer.text).toContain(code);
    expect((await get(`/problems/${code}`, "HEAD")).status).toBe(200);
  });

  it.each(["nope", "STATE_CONFLICT", "toString", "__proto__", "state_conflict%00", "%3Cscript%3E"])(
    "api.md 2: /problems/%s is not there",
    async (code) => {
      const path = `/problems/${code}`;
      expectProblem(await get(path), "route_not_found", path);
      expect((await get(path, "HEAD")).status).toBe(404);
    },
  );

  it("PRB-2: the type of a problem is the address of its page", async () => {
    const { json: problem } = await get("/api/payments/status/x");
    const type = z.url().parse(problem["type"]);
    expect((await send(new Request(type))).status).toBe(200);
  });
});
