import type { Hono } from "hono";
import type * as z from "zod";
import type { Database } from "../books/books.ts";
import { addFault, clearFaults, type FaultInput, listFaults } from "../books/faults.ts";
import { parseBody } from "./guard.ts";

/** Faults to come, for either provider's books; `schema` says which endpoints there are. */
export function faultRoutes(app: Hono, books: Database, schema: z.ZodType<FaultInput>): void {
  app.get("/faults", (context) => context.json({ faults: listFaults(books) }));
  app.post("/faults", async (context) => {
    const body = await parseBody(context, schema);
    if (!body.ok) return body.response;
    addFault(books, body.value);
    return context.json({ faults: listFaults(books) }, 201);
  });
  app.delete("/faults", (context) => {
    clearFaults(books);
    return context.json({ faults: [] });
  });
}
