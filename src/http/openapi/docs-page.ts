import { unreachable } from "#base";
import { fieldTable } from "./docs-fields.ts";
import {
  codeBlock,
  methodBadge,
  operationSection,
  type PlacedOperation,
  problemLink,
} from "./docs-operation.ts";
import { type Guide, type GuideBlock, GUIDES } from "./guides.ts";
import { type Html, inline, markup, prose } from "./markup.ts";
import type { OpenApiDocument, PathItem } from "./openapi-types.ts";
import { type Page, pageOf } from "./page.ts";
import { PROBLEMS } from "#problems";

/** The document as a page for people (HDR-2: no script at all). */
export function docsPage(document: OpenApiDocument): Promise<Page> {
  const { info } = document;
  const groups = groupsOf(document);
  const body = markup`<div class="layout">
${contents(document, groups)}
<main id="main">
<h1>${info.title}</h1>
<p class="lead">${info.summary} Version ${info.version}. For machines: <a href="/openapi.json">openapi.json</a>.</p>
${GUIDES.map(guideSection)}
${groups.map((group) => groupSection(group, document))}
${schemaSection(document)}
${problemSection()}
</main>
</div>`;
  return pageOf({ title: `${info.title}: API`, description: info.summary, body });
}

interface Group {
  readonly name: string;
  readonly description: string;
  readonly places: readonly PlacedOperation[];
}

function groupsOf(document: OpenApiDocument): Group[] {
  const places = [...placesOf(document.paths), ...placesOf(document.webhooks)];
  return document.tags
    .map(({ name, description }) => ({
      name,
      description,
      places: places.filter(({ operation }) => operation.tags.includes(name)),
    }))
    .filter((group) => group.places.length > 0);
}

function placesOf(items: Readonly<Record<string, PathItem>>): PlacedOperation[] {
  return Object.entries(items).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  );
}

function anchor(kind: "group" | "guide" | "schema", name: string): string {
  return `${kind}-${name.replaceAll(" ", "-")}`;
}

function contents(document: OpenApiDocument, groups: readonly Group[]): Html {
  const guides = GUIDES.map(
    ({ id, title }) => markup`<li><a href="#${anchor("guide", id)}">${title}</a></li>`,
  );
  const operations = groups.map(
    ({ name, places }) =>
      markup`<h2>${name}</h2><ul>${places.map(
        ({ method, operation }) =>
          markup`<li><a href="#${operation.operationId}">${methodBadge(method)}<span>${operation.summary}</span></a></li>`,
      )}</ul>`,
  );
  const last = markup`<h2>Reference</h2><ul><li><a href="#schemas">Schemas</a></li><li><a href="#problems">Problem codes</a></li></ul>`;
  return markup`<nav class="toc" aria-label="Contents">
<p class="brand">Foolproof API</p><p class="version">${document.info.version}</p>
<h2>Before the first call</h2><ul>${guides}</ul>
${operations}
${last}
</nav>`;
}

function guideSection({ id, title, blocks }: Guide): Html {
  const anchorId = anchor("guide", id);
  return markup`<section aria-labelledby="${anchorId}"><h2 id="${anchorId}">${title}</h2>
${blocks.map(guideBlock)}</section>
`;
}

function guideBlock(block: GuideBlock): Html {
  switch (block.type) {
    case "text":
      return markup`${prose(block.text)}`;
    case "code":
      return markup`<figure><figcaption>${block.label}</figcaption>${codeBlock(block.code, block.label)}</figure>`;
    case "table":
      return guideTable(block);
    default:
      return unreachable(block);
  }
}

function guideTable({ caption, head, rows }: Extract<GuideBlock, { type: "table" }>): Html {
  const lines = rows.map(
    ([first = "", ...rest]) =>
      markup`<tr><th scope="row">${inline(first)}</th>${rest.map((cell) => markup`<td>${inline(cell)}</td>`)}</tr>
`,
  );
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption>
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

function groupSection({ name, description, places }: Group, document: OpenApiDocument): Html {
  const id = anchor("group", name);
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2><p class="lead">${description}</p>
${places.map((place) => operationSection(place, document))}</section>
`;
}

function schemaSection({ components }: OpenApiDocument): Html {
  // A request's fields stand with its operation.
  const answers = Object.entries(components.schemas).filter(([name]) => !name.endsWith("Request"));
  const parts = answers.map(([name, schema]) => {
    const id = anchor("schema", name);
    return markup`<section aria-labelledby="${id}"><h3 id="${id}">${name}</h3>
${prose(schema.description ?? "")}${fieldTable(schema, { label: `Fields of ${name}`, kind: "answer", components: components.schemas })}</section>
`;
  });
  return markup`<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>${parts}</section>
`;
}

function problemSection(): Html {
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, retryable }]) =>
      markup`<tr><th scope="row">${problemLink(code)}</th><td class="status">${status}</td><td>${title}</td><td>${retryable ? "yes" : "no"}</td></tr>
`,
  );
  return markup`<section aria-labelledby="problems"><h2 id="problems">Problem codes</h2>
<div class="scroll" role="region" aria-label="Problem codes" tabindex="0"><table>
<thead><tr><th scope="col">Code</th><th scope="col">Status</th><th scope="col">Title</th><th scope="col">Repeating helps</th></tr></thead>
<tbody>${rows}</tbody></table></div></section>
`;
}
