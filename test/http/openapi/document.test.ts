import { describe, expect, it } from "vitest";
import * as z from "zod";
import { signRequest } from "#client";
import { openApiDocument } from "#http";
import { PROBLEMS } from "#problems";
import { signatureBase } from "../../../src/client/signature-base.ts";
import { SIGNED_EXAMPLE } from "../../../src/http/openapi/guides.ts";
import type { ApiOperation } from "../../../src/http/openapi/openapi-types.ts";
import { ROUTE_DOCS, routeKey } from "../../../src/http/openapi/route-docs.ts";
import { ANSWER_SCHEMAS, REQUEST_SCHEMAS } from "../../../src/http/openapi/schema-table.ts";
import { env } from "cloudflare:workers";
import { routesFor } from "../../../src/app.ts";
import { wireHttp } from "../../../src/wiring/index.ts";

const ROUTES = routesFor(wireHttp(env)).map(({ method, path }) => ({ method, path }));

const document = openApiDocument(ROUTES, { version: "1.2.3" });
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    path,
    operation,
  })),
);

/** What a pointer inside the document leads to. */
function follow(pointer: string): unknown {
  const parts = pointer.slice(2).split("/");
  return parts.reduce<unknown>((value, part) => {
    const record = z.record(z.string(), z.unknown()).safeParse(value);
    return record.success ? record.data[part] : undefined;
  }, document);
}

const parameterSchema = z.object({ name: z.string(), in: z.string(), required: z.boolean() });

function parametersOf(operation: ApiOperation) {
  return (operation.parameters ?? []).map((one) =>
    parameterSchema.parse("$ref" in one ? follow(one.$ref) : one),
  );
}

describe("ROUTE_DOCS", () => {
  it("API-9: describes every route, and no route that is not there", () => {
    expect(Object.keys(ROUTE_DOCS).toSorted()).toEqual(ROUTES.map(routeKey).toSorted());
  });

  it("API-9: a route that nobody described is an error", () => {
    const routes = [{ method: "GET", path: "/api/payments/secret" }];
    expect(() => openApiDocument(routes, { version: "1" })).toThrow("GET /api/payments/secret");
    expect(() => openApiDocument([{ method: "GET", path: "toString" }], { version: "1" })).toThrow(
      "GET toString is not described",
    );
  });

  it.each(
    Object.entries(ROUTE_DOCS).flatMap(([route, doc]) =>
      doc.request
        ? Object.entries(doc.request.examples).map(
            ([name, value]) => [`${route} ${name}`, doc.request?.schema, value] as const,
          )
        : [],
    ),
  )("API-9: %s is a request that the runtime takes", (_name, schema, value) => {
    expect(schema && REQUEST_SCHEMAS[schema]().safeParse(value).error).toBeUndefined();
  });

  it.each(
    Object.entries(ROUTE_DOCS).flatMap(([route, doc]) =>
      Object.entries(doc.answers).map(([status, answer]) => [route, status, answer] as const),
    ),
  )("API-9: %s answers %s as its example", (_route, _status, answer) => {
    const error =
      answer.type === "json"
        ? ANSWER_SCHEMAS[answer.schema]().safeParse(answer.example).error
        : undefined;
    expect(error).toBeUndefined();
  });
});

describe("openApiDocument", () => {
  it("API-9: has the routes given and no other", () => {
    const named = ROUTES.map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`,
    );
    expect(operations.map(({ name }) => name).toSorted()).toEqual(named.toSorted());
    const one = openApiDocument(ROUTES.slice(0, 1), { version: "1" });
    expect(Object.keys(one.paths)).toEqual(["/api/payments/initiate"]);
  });

  it("API-9: names no schema that nothing refers to", () => {
    const health = ROUTES.filter(({ path }) => path.endsWith("/health"));
    const small = openApiDocument(health, { version: "1" });
    expect(Object.keys(small.components.schemas)).not.toContain("ApiKey");
    expect(Object.keys(small.components.schemas)).toContain("Problem");
  });

  it("OpenAPI 3.1: every $ref leads somewhere", () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref);
    expect(refs.length).toBeGreaterThan(100);
    expect(refs.filter((ref) => follow(ref ?? "") === undefined)).toEqual([]);
  });

  it("OpenAPI 3.1: no schema carries an $id or $schema of its own", () => {
    expect(JSON.stringify(document)).not.toMatch(/"\$(id|schema)":/);
  });

  it("OpenAPI 3.1: operation ids are unique", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  it.each(operations)("OpenAPI 3.1: $name declares the parameters of its path", (one) => {
    const inPath = parametersOf(one.operation).filter((parameter) => parameter.in === "path");
    const named = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(inPath.map(({ name }) => name)).toEqual(named);
    expect(inPath.every(({ required }) => required)).toBe(true);
  });

  it.each(operations)("OpenAPI 3.1: $name describes each answer", ({ operation }) => {
    expect(operation.summary).toMatch(/^[A-Z]/);
    expect(operation.description).toMatch(/\.$/);
    const statuses = Object.keys(operation.responses);
    expect(statuses.some((status) => status.startsWith("2"))).toBe(true);
    for (const { description } of Object.values(operation.responses)) {
      expect(description).toMatch(/./);
    }
  });

  it.each(operations)("API-9: $name names a security scheme that is there", ({ operation }) => {
    const names = operation.security.flatMap((one) => Object.keys(one));
    const known = Object.keys(document.components.securitySchemes);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("api.md 2: every problem stands under its own status", () => {
    for (const { operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        const problem = content?.["application/problem+json"];
        if (!problem) continue;
        const codes = JSON.stringify(problem).split('"');
        const statuses = Object.entries(PROBLEMS)
          .filter(([code]) => codes.includes(code))
          .map(([, row]) => String(row.status));
        expect(new Set(statuses)).toEqual(new Set([status]));
      }
    }
  });

  it("api.md 4: a field says its limits where the runtime has them", () => {
    const { amount, redirectUrl } =
      document.components.schemas["InitiateRequest"]?.properties ?? {};
    expect(amount).toMatchObject({ type: "integer", minimum: 100, maximum: 10_000_000_000 });
    expect(redirectUrl).toMatchObject({ type: "string", maxLength: 2_048 });
  });

  it("api.md 4: every field of a request has words", () => {
    const silent = Object.entries(document.components.schemas)
      .filter(([name]) => name.endsWith("Request"))
      .flatMap(([name, { properties }]) =>
        Object.entries(properties ?? {}).map(([field, schema]) => ({ name, field, schema })),
      )
      .filter(({ schema }) => typeof schema === "boolean" || !schema.description);
    expect(silent).toEqual([]);
  });
});

describe("the example of a signature", () => {
  it("SIG-1: is what our client makes of that request", async () => {
    const [head = "", body = ""] = SIGNED_EXAMPLE.request.split("\n\n");
    const url = "https://pay.example.in/api/payments/initiate";
    const signed = await signRequest(
      { method: "POST", url, body, idempotencyKey: "order-1001-try-1" },
      { keyId: "ak_test_01", secret: SIGNED_EXAMPLE.secret },
      { createdSec: 1_795_600_000, nonce: "Zm9vcHJvb2Ytbm9uY2U" },
    );
    const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`);
    expect(head.split("\n").slice(2)).toEqual(lines);
    const parameters = signed.headers["signature-input"]?.replace(/^sig1=/, "") ?? "";
    const covered = [...parameters.matchAll(/"([@a-z-]+)"(?=[ )])/g)].map(([, name]) => name ?? "");
    const message = { method: "POST", url: new URL(url), headers: signed.headers };
    expect(SIGNED_EXAMPLE.signatureBase).toBe(signatureBase(message, covered, parameters));
  });
});
