/** HTML that escapes what is put into it: only `markup` makes an `Html`, so text is never taken for tags. */
const SAFE = Symbol("safe");

export interface Html {
  readonly [SAFE]: string;
}

type Part = Html | string | number | readonly Html[];

export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.reduce((made, piece, index) => {
    const part = parts[index];
    return made + piece + (part === undefined ? "" : textOf(part));
  }, "");
  return { [SAFE]: text };
}

export const NOTHING: Html = markup``;

export function htmlText(html: Html): string {
  return html[SAFE];
}

/** Prose of the document: blank lines part paragraphs, backticks mark code. */
export function prose(text: string): Html[] {
  return text.split("\n\n").map((paragraph) => markup`<p>${inline(paragraph)}</p>`);
}

/** One line of prose. */
export function inline(text: string): Html[] {
  return text
    .split("`")
    .map((piece, index) => (index % 2 === 0 ? markup`${piece}` : markup`<code>${piece}</code>`));
}

function textOf(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeHtml(part);
  if (SAFE in part) return part[SAFE];
  return part.map(htmlText).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
