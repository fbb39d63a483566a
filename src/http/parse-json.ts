/**
 * Bytes to JSON, strictly: UTF-8 that is not well-formed, or an object that names a key twice, is refused, since
 * two readers of such a body may see two different payments (api.md 2: `malformed_json`).
 */
import { jsonFault } from "#base";
import { Problem } from "#problems";

/** Deeper bodies than any of ours are refused before a schema walks them. */
const DEPTH_MAX = 32;

const DETAILS = { doubled_key: "A key stands twice.", too_deep: "Nested too deep." } as const;

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
  const fault = jsonFault(text, DEPTH_MAX);
  if (fault) throw new Problem("malformed_json", { detail: DETAILS[fault] });
  return value;
}
