import { sha256, toBase64, utf8 } from "#base";
import { pageHeaders } from "#door";
import { type Html, htmlText, markup } from "./markup.ts";
import { STYLE } from "./page-style.ts";

/** A whole page and the headers it needs. */
export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface PageParts {
  readonly title: string;
  readonly description: string;
  /** Landmarks of the page. */
  readonly body: Html;
}

/** A page without script, whose one style is allowed by its hash (HDR-2). */
export async function pageOf({ title, description, body }: PageParts): Promise<Page> {
  const before = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${description}">
<title>${title}</title>
`;
  const after = markup`
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${body}
</body>
</html>
`;
  // Our own constant, put in as it stands: escaped it would be another text than the one that is hashed.
  const html = `${htmlText(before)}<style>${STYLE}</style>${htmlText(after)}`;
  return { html, headers: pageHeaders(toBase64(await sha256(utf8(STYLE)))) };
}
