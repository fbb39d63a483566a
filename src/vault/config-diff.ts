/** What differs between two configurations, by place (RFC 6901). Pure. */
import * as z from "zod";
import { once } from "#base";

export const configChangeSchema = once(() =>
  z.object({
    /** A JSON pointer. */
    path: z.string(),
    /** Absent when there was nothing. */
    from: z.unknown().optional(),
    /** Absent when there is nothing any more. */
    to: z.unknown().optional(),
  }),
);
export type ConfigChange = Readonly<z.infer<ReturnType<typeof configChangeSchema>>>;

/** Goes down into objects; a list is one value, since the place of an entry in it says little. `undefined` is nothing. */
export function diffOf(from: unknown, to: unknown, path = ""): ConfigChange[] {
  if (!isObject(from) || !isObject(to)) {
    return JSON.stringify(from) === JSON.stringify(to) ? [] : [{ path, from, to }];
  }
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].toSorted();
  return names.flatMap((name) => {
    const place = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const [before, after] = [ownOf(from, name), ownOf(to, name)];
    if (before === undefined) return after === undefined ? [] : [{ path: place, to: after }];
    if (after === undefined) return [{ path: place, from: before }];
    return diffOf(before, after, place);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ownOf(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
