import * as z from "zod";
import { type Database, query } from "../books/books.ts";

/** Where Razorpay's documentation leaves open what it does, or where it may do one thing or another. */
const switchesSchema = z.strictObject({
  refundMode: z.enum(["processed", "at-once", "stay-pending", "fail"]),
  refundAfterMs: z.int().min(0),
  /** `ignored`: the list pays no heed to `reference_id`. */
  listFilter: z.enum(["holds", "ignored"]),
  /** `empty`: the list leaves the payments of a link out. */
  listPayments: z.enum(["full", "empty"]),
  /** `vague`: the 400 to a used reference does not say so. */
  duplicateWords: z.enum(["plain", "vague"]),
  linkLifeSecMin: z.int().min(1),
  webhooks: z.enum(["send", "drop", "twice", "wrong-signature"]),
});
export type RazorpaySwitches = z.output<typeof switchesSchema>;

const DEFAULTS: RazorpaySwitches = {
  refundMode: "processed",
  refundAfterMs: 2_000,
  listFilter: "holds",
  listPayments: "full",
  duplicateWords: "plain",
  linkLifeSecMin: 900,
  webhooks: "send",
};

export const switchesPatchSchema = z.strictObject({ switches: switchesSchema.partial() });
type Patch = z.output<typeof switchesPatchSchema>["switches"];

const rowSchema = z.object({ patch: z.string() });

export function switchesOf(books: Database): RazorpaySwitches {
  const [row] = query(books, rowSchema, ["SELECT patch FROM switches"]);
  const patch: object = JSON.parse(row?.patch ?? "{}");
  return switchesSchema.parse({ ...DEFAULTS, ...patch });
}

export function setSwitches(books: Database, patch: Patch): void {
  const next = { ...switchesOf(books), ...patch };
  books.sql.exec("INSERT OR REPLACE INTO switches (id, patch) VALUES (1, ?)", JSON.stringify(next));
}
