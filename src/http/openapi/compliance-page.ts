/** The compliance report as a page that is read on a screen and on paper. What it shows is escaped: details come from afar. */
import { type Html, markup, NOTHING } from "./markup.ts";
import { type Page, pageOf } from "./page.ts";
import type { ComplianceReport } from "../compliance-report.ts";

type Section = ComplianceReport["sections"][number];
type Finding = Section["findings"][number];
type Ground = Finding["restsOn"][number];

const STATES: Readonly<Record<Finding["reason"], string>> = {
  pass: "Satisfied",
  fail: "Not satisfied: failed",
  other: "Not satisfied: no evidence",
};

export function compliancePage(report: ComplianceReport): Promise<Page> {
  const { atMs, disclaimer, gatewayVersion, sections } = report;
  const body = markup`<main id="main" class="report">
<h1>Compliance report</h1>
<p class="notice">${disclaimer}</p>
<dl class="facts"><div><dt>Made</dt><dd>${timeOf(atMs)}</dd></div>
<div><dt>Gateway</dt><dd>${gatewayVersion}</dd></div></dl>
${sections.map(sectionOf)}
</main>`;
  return pageOf({ title: "Compliance report: Foolproof", description: disclaimer, body });
}

function sectionOf({ framework, title, summary, findings }: Section): Html {
  return markup`<section aria-labelledby="${framework}">
<h2 id="${framework}">${title}</h2>
<p>${summary}</p>
<div class="scroll" role="region" aria-label="Controls of ${title}" tabindex="0">
<table><thead><tr><th scope="col">Control</th><th scope="col">Status</th><th scope="col">Evidence</th></tr></thead>
<tbody>
${findings.map(rowOf)}</tbody></table></div>
</section>
`;
}

function rowOf({ controlId, title, reason, remarks, needsPeople, restsOn }: Finding): Html {
  const said = reason === "pass" ? NOTHING : markup`<p>${remarks}</p>`;
  const list = restsOn.length === 0 ? NOTHING : markup`<ul>${restsOn.map(groundOf)}</ul>`;
  const state = needsPeople ? "Not satisfied: needs people" : STATES[reason];
  return markup`<tr><th scope="row"><code>${controlId}</code> ${title}</th>
<td><span class="state ${reason}">${state}</span></td><td>${said}${list}</td></tr>
`;
}

/** A look has a moment; a page says its date itself. */
function groundOf({ type, title, detail, ok, atMs }: Ground): Html {
  if (type === "document") return markup`<li><code>${title}</code> ${detail}</li>`;
  const verdict = ok ? "good" : "bad";
  return markup`<li><code>${title}</code> ${verdict}: ${detail} (${timeOf(atMs)})</li>`;
}

function timeOf(ms: number): Html {
  const time = new Date(ms).toISOString();
  return markup`<time datetime="${time}">${time.slice(0, 16).replace("T", " ")} UTC</time>`;
}
