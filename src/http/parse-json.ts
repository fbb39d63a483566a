/**
 * Bytes to JSON, strictly: UTF-8 that is not well-formed, or an object that names a key twice, is refused, since
 * two readers of such a body may see two different payments (api.md 2: `malformed_json`).
 */
import { Problem } from "#problems";

/** Deeper bodies than any of ours are refused before a schema walks them. */
const DEPTH_MAX = 32;

export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    // The decoder and the parser throw TypeError and SyntaxError for bad input and nothing else.
    throw new Problem("malformed_json", { cause: error });
  }
  refuseDoubledKeys(text);
  return value;
}

/** One walk over text that is known to be JSON: strings are the only tokens that can hide braces. */
function refuseDoubledKeys(text: string): void {
  const objects: (Set<string> | null)[] = [];
  let index = 0;
  while (index < text.length) {
    const character = text[index];
    if (character === '"') {
      const end = endOfString(text, index);
      const keys = objects.at(-1);
      if (keys && isKey(text, end)) refuseIfKnown(keys, text.slice(index, end));
      index = end;
      continue;
    }
    if (character === "{") objects.push(new Set());
    if (character === "[") objects.push(null);
    if (character === "}" || character === "]") objects.pop();
    if (objects.length > DEPTH_MAX)
      throw new Problem("malformed_json", { detail: "Nested too deep." });
    index += 1;
  }
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

/** In JSON a string is a key exactly when a colon follows. */
function isKey(text: string, end: number): boolean {
  let index = end;
  while (" \t\n\r".includes(text[index] ?? "x")) index += 1;
  return text[index] === ":";
}

function refuseIfKnown(keys: Set<string>, token: string): void {
  const key = String(JSON.parse(token)); // "a" and "\u0061" are the same key
  if (keys.has(key)) throw new Problem("malformed_json", { detail: "A key stands twice." });
  keys.add(key);
}
