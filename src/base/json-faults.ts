/**
 * What `JSON.parse` lets pass: an object that names a key twice, since two readers of such a text may see two
 * different values, and nesting so deep that walking the value would hurt.
 */
type JsonFault = "doubled_key" | "too_deep";

/** One walk over text that is known to be JSON: strings are the only tokens that can hide braces. */
export function jsonFault(text: string, depthMax: number): JsonFault | undefined {
  const objects: (Set<string> | null)[] = [];
  let index = 0;
  while (index < text.length) {
    const character = text[index];
    if (character === '"') {
      const end = endOfString(text, index);
      const keys = objects.at(-1);
      if (keys && isKey(text, end) && !addKey(keys, text.slice(index, end))) return "doubled_key";
      index = end;
      continue;
    }
    if (character === "{") objects.push(new Set());
    if (character === "[") objects.push(null);
    if (character === "}" || character === "]") objects.pop();
    if (objects.length > depthMax) return "too_deep";
    index += 1;
  }
  return undefined;
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

/** Whether the key is new to its object. */
function addKey(keys: Set<string>, token: string): boolean {
  const key = String(JSON.parse(token)); // "a" and "\u0061" are the same key
  if (keys.has(key)) return false;
  keys.add(key);
  return true;
}
