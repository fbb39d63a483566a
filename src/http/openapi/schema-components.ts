import * as z from "zod";
import { assert } from "#base";
import type { JsonSchema } from "./openapi-types.ts";
import {
  ANSWER_SCHEMAS,
  type AnswerName,
  REQUEST_SCHEMAS,
  type RequestName,
} from "./schema-table.ts";

const PREFIX = "#/components/schemas/";

export function schemaRef(name: AnswerName | RequestName | "EncryptedPayload"): JsonSchema {
  return { $ref: `${PREFIX}${name}` };
}

/** A schema on its own, without the keywords that only a whole JSON Schema document has. */
export function inlineSchema(schema: z.ZodType): JsonSchema {
  return bare(z.toJSONSchema(schema, { io: "input", override: dropMachineLimits }));
}

/**
 * JSON Schemas of what `used` names, and of what those refer to. Requests as they come in, answers as they go out;
 * answers are open, since fields may be added to them.
 */
export function schemaComponents(used: ReadonlySet<string>): Record<string, JsonSchema> {
  const requests = componentsOf(REQUEST_SCHEMAS, "input");
  const answers = componentsOf(ANSWER_SCHEMAS, "output");
  const all = new Map([...requests, ...answers, ["EncryptedPayload", ENCRYPTED_PAYLOAD]]);
  const kept = new Set<string>();
  const waiting = [...used];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    const schema = all.get(name);
    assert(schema !== undefined, `the document has a schema ${name}`);
    waiting.push(...namesIn(schema));
  }
  return Object.fromEntries([...all].filter(([name]) => kept.has(name)));
}

const ENCRYPTED_PAYLOAD: JsonSchema = {
  type: "string",
  description: "A compact JWE (RFC 7516) whose plain text is the JSON.",
  pattern: String.raw`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$`,
};

/** The names of components that a piece of the document refers to. */
export function namesIn(piece: unknown): string[] {
  const found = JSON.stringify(piece).matchAll(/"\$ref":"#\/components\/schemas\/([A-Za-z]+)"/g);
  return [...found].map(([, name]) => name ?? "");
}

function componentsOf(
  schemas: Readonly<Record<string, () => z.ZodType>>,
  io: "input" | "output",
): [string, JsonSchema][] {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema(), { id });
  const made = z.toJSONSchema(registry, {
    io,
    uri: (id) => `${PREFIX}${id}`,
    override(context) {
      dropMachineLimits(context);
      const { jsonSchema } = context;
      if (io === "output" && jsonSchema.additionalProperties === false) {
        delete jsonSchema.additionalProperties;
      }
    },
  });
  return Object.entries(made.schemas).map(([id, schema]) => [id, bare(schema)]);
}

/** The bounds of a safe integer tell nobody anything. */
function dropMachineLimits({ jsonSchema }: { readonly jsonSchema: JsonSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}

function bare({ $schema: _schema, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
