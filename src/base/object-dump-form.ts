/** The form of an object's dump (`object-dump.ts`): rows of tables, and values as JSON. */
import * as z from "zod";
import { once } from "./once.ts";

const valueSchema = once(() =>
  z.union([z.string(), z.number(), z.null(), z.strictObject({ base64: z.string() })]),
);

export const objectDumpSchema = once(() =>
  z.strictObject({
    v: z.literal(1),
    tables: z.array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z]\w*$/),
        columns: z.array(z.string().regex(/^[A-Za-z]\w*$/)),
        rows: z.array(z.array(valueSchema())),
      }),
    ),
    /** Of the key-value side; plain data only. */
    values: z.array(z.strictObject({ key: z.string(), json: z.string() })),
  }),
);
export type ObjectDump = z.infer<ReturnType<typeof objectDumpSchema>>;

export type StoredValue = z.infer<ReturnType<typeof valueSchema>>;
