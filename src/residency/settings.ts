/** Where in India records rest (`RESIDENCY`, docs/residency.md). */
import * as z from "zod";
import { once } from "#base";

const LABEL = /^[a-z0-9][a-z0-9.-]{1,62}$/;

const settingsSchema = once(() =>
  z.strictObject({
    /** Of a store that speaks S3: AWS in Mumbai or Hyderabad, or one's own. */
    endpoint: z.url().transform((url) => url.replace(/\/+$/, "")),
    region: z.string().regex(LABEL),
    bucket: z.string().regex(LABEL),
    accessKeyId: z.string().min(1),
    secretAccessKey: z.string().min(1),
    /** Where the store stands, as the operator vouches for it: it goes into the report. */
    location: z.string().min(2).max(100),
  }),
);
export type ResidencySettings = Readonly<z.infer<ReturnType<typeof settingsSchema>>>;

/** Reads the secret. The error names fields, never values. */
export function parseResidency(text: string): ResidencySettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("RESIDENCY is not JSON"); // the parser's message would repeat the secret
  }
  const parsed = settingsSchema().safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "unknown field");
  throw new Error(`RESIDENCY is not valid: ${fields.join(", ")}`);
}
