import * as z from "zod";
import { DEFAULT_SWITCHES, switchesPatchSchema, switchesSchema } from "../switches.ts";
import type { Switches, SwitchesPatch } from "../switches.ts";
import { type Books, query } from "./books.ts";

/** Whom a switch is set for: everybody, one merchant, or one order (which need not exist yet). */
export type Scope = { merchantId?: string | undefined; merchantOrderId?: string | undefined };

const patchRow = z.object({ patch: z.string() });

/** The switches in force. An order's win over its merchant's, those over the global ones, those over the defaults. */
export function switchesFor(books: Books, scope: Scope = {}): Switches {
  const patches = scopeKeys(scope).map((key) => readPatch(books, key));
  return switchesSchema.parse(Object.assign({}, DEFAULT_SWITCHES, ...patches));
}

/** Adds to what was set for the scope before; `reset` drops that first. */
export function setSwitches(
  books: Books,
  scope: Scope,
  change: { patch: SwitchesPatch; reset: boolean },
): void {
  const key = scopeKeys(scope).at(-1) ?? "global";
  const before = change.reset ? {} : readPatch(books, key);
  books.sql.exec(
    "INSERT OR REPLACE INTO switches (scope, patch) VALUES (?, ?)",
    key,
    JSON.stringify({ ...before, ...change.patch }),
  );
}

export function listSwitches(books: Books): Record<string, SwitchesPatch> {
  const rows = query(books, patchRow.extend({ scope: z.string() }), [
    "SELECT scope, patch FROM switches ORDER BY scope",
  ]);
  return Object.fromEntries(rows.map((row) => [row.scope, JSON.parse(row.patch)]));
}

function readPatch(books: Books, key: string): SwitchesPatch {
  const [row] = query(books, patchRow, ["SELECT patch FROM switches WHERE scope = ?", key]);
  return row === undefined ? {} : switchesPatchSchema.parse(JSON.parse(row.patch));
}

function scopeKeys(scope: Scope): string[] {
  const keys = ["global"];
  if (scope.merchantId !== undefined) keys.push(`merchant:${scope.merchantId}`);
  if (scope.merchantOrderId !== undefined) keys.push(`order:${scope.merchantOrderId}`);
  return keys;
}
