import type * as z from "zod";
import { type FieldError, Problem } from "#problems";

/** The parsed value, or `validation_failed` with one entry per fault: JSON pointer, code, words (api.md 2). */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem("validation_failed", { errors: parsed.error.issues.flatMap(fieldErrors) });
}

export function invalidField(pointer: string, code: string, detail: string): Problem {
  return new Problem("validation_failed", { errors: [{ pointer, code, detail }] });
}

/** More faults than this help nobody. */
const KEYS_SHOWN_MAX = 20;

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, KEYS_SHOWN_MAX).map((key) => ({
      pointer: pointerOf([...issue.path, key]),
      code: "unknown_field",
      detail: "This field is not known.",
    }));
  }
  return [{ pointer: pointerOf(issue.path), code: issue.code, detail: issue.message }];
}

/** RFC 6901: `~` and `/` inside a name are escaped. */
function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).slice(0, 64).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
