/**
 * The parsed text, or `undefined` for what is not JSON: a page in HTML, half an answer, a copy that was cut off. Nothing
 * of the text is quoted, as the parser's own message does; a schema then says that it is wrong.
 */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // A SyntaxError, and nothing else.
  }
}
