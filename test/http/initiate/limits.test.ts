import { describe, expect, it } from "vitest";
import * as z from "zod";
import { BASE, call, initiateBody, send } from "../../support/call.ts";
import { INITIATE, seen } from "../payments.ts";
import { expectProblem, pointersOf } from "../problem-shape.ts";

type Json = Readonly<Record<string, unknown>>;

const record = z.record(z.string(), z.unknown());
const { json } = await send(new Request(`${BASE}/openapi.json`));

/** The schema itself, or what it refers to. */
function resolved(schema: unknown): Json {
  const found = record.parse(schema);
  const ref = z.string().optional().parse(found["$ref"]);
  if (ref === undefined) return found;
  const parts = ref.slice(2).split("/");
  return resolved(parts.reduce<unknown>((value, part) => record.parse(value)[part], json));
}

/** A pattern that says how long the text may be. */
const isBounded = (pattern: unknown) =>
  typeof pattern === "string" &&
  !/[*+](?!\])|\{\d+,\}/.test(pattern.replaceAll(/\\.|\[[^\]]*\]/g, "x"));

function faultOf(schema: Json): string | undefined {
  switch (schema["type"]) {
    case "string": {
      const named = schema["enum"] ?? schema["const"] ?? schema["maxLength"];
      const isAddress = schema["format"] === "ipv4" || schema["format"] === "ipv6";
      return named !== undefined || isAddress || isBounded(schema["pattern"])
        ? undefined
        : "text without a limit";
    }
    case "array":
      return schema["maxItems"] === undefined ? "list without a limit" : undefined;
    case "object":
      return schema["additionalProperties"] === false ? undefined : "unknown fields";
    case "integer":
      return schema["minimum"] === undefined || schema["maximum"] === undefined
        ? "number without limits"
        : undefined;
    case "boolean":
      return undefined;
    default:
      return `a type that has no limit: ${JSON.stringify(schema["type"])}`;
  }
}

const BRANCHES = ["anyOf", "oneOf", "allOf"] as const;

/** Every place of a schema, and what is unlimited there. */
function placesOf(given: unknown, path: string): [string, string | undefined][] {
  const schema = resolved(given);
  const branches = BRANCHES.flatMap(
    (name) => z.array(z.unknown()).optional().parse(schema[name]) ?? [],
  );
  if (branches.length > 0) {
    return branches.flatMap((branch, index) => placesOf(branch, `${path}(${index})`));
  }
  const properties = Object.entries(record.optional().parse(schema["properties"]) ?? {});
  return [
    [path, faultOf(schema)],
    ...properties.flatMap(([name, one]) => placesOf(one, `${path}/${name}`)),
    ...(schema["items"] === undefined ? [] : placesOf(schema["items"], `${path}/*`)),
  ];
}

describe("limits of bodies", () => {
  it.each(["InitiateRequest", "RefundRequest"])("API-4: every field of %s has one", (name) => {
    const places = placesOf({ $ref: `#/components/schemas/${name}` }, "");
    expect(places.length).toBeGreaterThan(4);
    expect(places.filter(([, fault]) => fault !== undefined)).toEqual([]);
  });

  it("API-4: the walk above finds fields inside fields, and lists inside unions", () => {
    const places = placesOf({ $ref: "#/components/schemas/InitiateRequest" }, "");
    const names = places.map(([path]) => path);
    expect(names).toContain("/metaInfo/udf15");
    expect(names).toContain("/customer/phone");
    expect(names.some((path) => path.endsWith("/apps/*"))).toBe(true);
    expect(faultOf({ type: "string", pattern: "^[^@]+$" })).toBe("text without a limit");
    expect(faultOf({ type: "string", pattern: "^\\+?[0-9+*]{10,15}$" })).toBeUndefined();
  });

  it.each(["[", '{"a":'])("API-4: 32 levels of %s are read, 33 are not", async (opening) => {
    const closing = opening === "[" ? "]" : "}";
    const nested = (depth: number) => `${opening.repeat(depth)}1${closing.repeat(depth)}`;
    const before = seen();
    expectProblem(await call({ path: INITIATE, body: nested(32) }), "validation_failed", INITIATE);
    for (const depth of [33, 1_000, 10_000]) {
      expectProblem(
        await call({ path: INITIATE, body: nested(depth) }),
        "malformed_json",
        INITIATE,
      );
    }
    expect(seen()).toEqual(before);
  });

  it("API-4: a list of 64 is taken, one of 65 is not", async () => {
    const withModes = (count: number) => {
      const apps = Array.from({ length: count }, (_, at) => `app${"abcdefghij"[at % 10]}`);
      const enabledPaymentModes = [{ type: "UPI", apps }];
      return initiateBody({ paymentModeConfig: { version: "V2", enabledPaymentModes } });
    };
    expect((await call({ path: INITIATE, body: withModes(64) })).status).toBe(201);
    const before = seen();
    const answer = await call({ path: INITIATE, body: withModes(65) });
    expectProblem(answer, "validation_failed", INITIATE);
    expect(pointersOf(answer)).toEqual(["/paymentModeConfig"]);
    expect(seen()).toEqual(before);
  });
});
