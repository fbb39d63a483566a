import { type ProblemCode, PROBLEMS } from "#problems";
import { inline, markup } from "./markup.ts";
import { type Page, pageOf } from "./page.ts";
import { PROBLEM_ADVICE } from "./problem-advice.ts";

/** What a problem's `type` points to (RFC 9457 3.1.1: a page for people). */
export function problemPage(code: ProblemCode): Promise<Page> {
  const { status, title, retryable } = PROBLEMS[code];
  const { means, remedy } = PROBLEM_ADVICE[code];
  const body = markup`<main id="main" class="alone">
<p><a href="/docs#problems">API documentation</a></p>
<h1><code>${code}</code></h1>
<p class="lead">${title}</p>
<dl class="facts"><div><dt>HTTP status</dt><dd><span class="badge">${status}</span></dd></div>
<div><dt>Repeating the same request</dt><dd><span class="badge">${retryable ? "can help" : "does not help"}</span></dd></div></dl>
<h2>What it means</h2>
<p>${inline(means)}</p>
<h2>What to do</h2>
<p>${inline(remedy)}</p>
<footer>Branch on <code>code</code>, and keep the <code>requestId</code>: the gateway’s operators find the request by it.</footer>
</main>`;
  return pageOf({ title: `${code}: Foolproof API`, description: title, body });
}
