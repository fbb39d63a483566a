/**
 * The canonical form of JSON (RFC 8785): one spelling per value, so that a hash over it is a hash over the value. Keys
 * are sorted by UTF-16 units, numbers and texts are written as ECMAScript does.
 */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Refuses what JSON cannot say (RFC 8785 3.2.2.3: NaN, infinity; 3.2.2.2: a lone surrogate). */
export function canonicalJson(value: Json): string {
  if (typeof value === "string") return canonicalText(value);
  if (typeof value === "number" && !Number.isFinite(value))
    throw new TypeError("not a JSON number");
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .toSorted(byUtf16)
    .flatMap((name) => {
      const member = value[name];
      return member === undefined ? [] : [`${canonicalText(name)}:${canonicalJson(member)}`];
    });
  return `{${members.join(",")}}`;
}

function canonicalText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError("a lone surrogate");
  return JSON.stringify(text);
}

/** `Array.isArray` does not narrow a read-only list. */
function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function byUtf16(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
