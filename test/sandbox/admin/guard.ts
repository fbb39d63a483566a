import type { Context, MiddlewareHandler } from "hono";
import type * as z from "zod";

/** Guarded only if a token is set: it is a local tool. */
export function guardAdmin(expected: string): MiddlewareHandler {
  return async (context, next) => {
    if (expected !== "" && context.req.header("authorization") !== `Bearer ${expected}`) {
      return context.json({ error: "admin token missing or wrong" }, 401);
    }
    await next();
    return undefined;
  };
}

type Parsed<T> = { ok: true; value: T } | { ok: false; response: Response };

export async function parseBody<S extends z.ZodType>(
  context: Context,
  schema: S,
): Promise<Parsed<z.output<S>>> {
  const text = await context.req.text();
  const result = schema.safeParse(readJson(text));
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, response: context.json({ error: result.error.issues }, 400) };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    return undefined; // the schema refuses it
  }
}

export function notFound(context: Context): Response {
  return context.json({ error: "not found" }, 404);
}
