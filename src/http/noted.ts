import * as z from "zod";

/**
 * Gives a schema its words in the OpenAPI document. They are registered beside it: `describe` builds the schema a
 * second time, and the request that needs it first would pay for that.
 */
export function noted<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
