import { once } from "#base";
import { Problem } from "#problems";
import { PROBLEM_CODES } from "./answer-schemas.ts";
import { docsPage } from "./docs-page.ts";
import { openApiDocument } from "./document.ts";
import type { Page } from "./page.ts";
import { problemPage } from "./problem-page.ts";
import type { RouteName } from "./route-docs.ts";

export interface PublicPages {
  /** `GET /openapi.json`. */
  openApi(): Response;
  /** `GET /docs`. */
  docs(): Promise<Response>;
  /** `GET /problems/{code}`. */
  problem(code: string | undefined): Promise<Response>;
}

/**
 * The API described (API-9). Built when it is first asked for, once per isolate, and never while one starts.
 *
 * @param routes asked for then, so that the router's own table can hold these pages too
 */
export function publicPages(options: {
  readonly routes: () => readonly RouteName[];
  readonly version: string;
}): PublicPages {
  const document = once(() => openApiDocument(options.routes(), options));
  const json = once(() => ({ text: JSON.stringify(document()) }));
  // The page and not its promise: what one request awaits, another must not.
  let docs: Page | undefined;
  return {
    openApi: () => new Response(json().text, { headers: { "content-type": "application/json" } }),
    async docs() {
      docs ??= await docsPage(document());
      return answerOf(docs);
    },
    async problem(code) {
      const known = PROBLEM_CODES.find((one) => one === code);
      if (known === undefined) throw new Problem("route_not_found");
      return answerOf(await problemPage(known));
    },
  };
}

function answerOf({ html, headers }: Page): Response {
  return new Response(html, { headers });
}
