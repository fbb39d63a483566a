/** One operation of the document as a part of the page. */
import { fieldTable, schemaLink } from "./docs-fields.ts";
import { type Html, inline, markup, NOTHING, prose } from "./markup.ts";
import type {
  ApiOperation,
  Content,
  JsonSchema,
  OpenApiDocument,
  Parameter,
  Reference,
} from "./openapi-types.ts";

/** An operation with its place. */
export interface PlacedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: ApiOperation;
}

export function methodBadge(method: string): Html {
  return markup`<span class="method ${method}">${method.toUpperCase()}</span>`;
}

export function operationSection(place: PlacedOperation, document: OpenApiDocument): Html {
  const { method, path, operation } = place;
  return markup`<section class="operation" aria-labelledby="${operation.operationId}">
<div>
<h3 id="${operation.operationId}">${operation.summary}</h3>
<p class="route">${methodBadge(method)} <code>${path}</code></p>
${prose(operation.description)}
${facts(operation, document)}
${parameterTable(operation, document)}
${bodySection(operation, document)}
${answerTable(operation)}
${problemTable(operation)}
</div>
${samples(operation)}
</section>
`;
}

function facts(operation: ApiOperation, document: OpenApiDocument): Html {
  const [first] = operation.security.map((one) => Object.entries(one));
  const scope = first?.[0]?.[1][0];
  const rateClass = operation["x-rate-class"];
  const proofs = operation.security.flatMap((one) => Object.keys(one));
  const headers = proofs.map((name) => document.components.securitySchemes[name]?.name ?? name);
  const access = scope
    ? markup`<div><dt>Scope</dt><dd><code>${scope}</code></dd></div>`
    : markup`<div><dt>Proof</dt><dd>${headers.length === 0 ? "none needed" : inline(headers.map((name) => `\`${name}\``).join(" or "))}</dd></div>`;
  const rate = rateClass
    ? markup`<div><dt>Rate class</dt><dd><a href="#guide-rate-limits">${rateClass}</a></dd></div>`
    : NOTHING;
  return markup`<dl class="facts">${access}${rate}</dl>`;
}

/** What signing adds is explained once, above. */
const SIGNING_HEADERS = new Set(["Signature-Input", "Content-Digest"]);

function parameterTable(operation: ApiOperation, document: OpenApiDocument): Html {
  const all = (operation.parameters ?? []).map((one) => resolved(one, document));
  const shown = all.filter((one) => one && !SIGNING_HEADERS.has(one.name));
  const properties = shown.flatMap((one): [string, JsonSchema][] =>
    one ? [[one.name, { ...one.schema, description: `In the ${one.in}. ${one.description}` }]] : [],
  );
  if (properties.length === 0) return NOTHING;
  const required = shown.flatMap((one) => (one?.required ? [one.name] : []));
  const schema = { type: "object" as const, properties: Object.fromEntries(properties), required };
  return markup`<h4>Parameters</h4>${fieldTable(schema, { label: `Parameters of ${operation.summary}`, kind: "request", components: document.components.schemas })}`;
}

function resolved(
  parameter: Parameter | Reference,
  document: OpenApiDocument,
): Parameter | undefined {
  if (!("$ref" in parameter)) return parameter;
  return document.components.parameters[parameter.$ref.split("/").at(-1) ?? ""];
}

function bodySection(operation: ApiOperation, document: OpenApiDocument): Html {
  const body = operation.requestBody;
  if (!body) return NOTHING;
  const types = Object.keys(body.content).map((type) => `\`${type}\``);
  const reference = body.content["application/json"]?.schema;
  const name = reference?.$ref?.split("/").at(-1) ?? "";
  const components = document.components.schemas;
  const schema = components[name];
  const need = body.required ? "" : " May be left out.";
  return markup`<h4>Body</h4>
<p>${inline(`${types.join(" or ")}.${need}`)}</p>
${schema ? fieldTable(schema, { label: `Body of ${operation.summary}`, kind: "request", components }) : NOTHING}`;
}

function answerTable(operation: ApiOperation): Html {
  const rows = Object.entries(operation.responses)
    .filter(([, { content }]) => !content || !("application/problem+json" in content))
    .map(([status, { description, content }]) => {
      const link = schemaLink(firstOf(content)?.schema ?? {});
      const body = link ?? Object.keys(content ?? {}).join(", ");
      return markup`<tr><th scope="row" class="status">${status}</th><td>${body}</td><td>${inline(description)}</td></tr>`;
    });
  return markup`<h4>Answers</h4>
<div class="scroll" role="region" aria-label="Answers of ${operation.summary}" tabindex="0">
<table><thead><tr><th scope="col">Status</th><th scope="col">Body</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function problemTable(operation: ApiOperation): Html {
  const rows = Object.entries(operation.responses).flatMap(([status, { content }]) => {
    const codes = problemCodes(content);
    if (codes.length === 0) return [];
    const links = codes.map((code) => markup`<li>${problemLink(code)}</li>`);
    return markup`<tr><th scope="row" class="status">${status}</th><td><ul class="codes">${links}</ul></td></tr>`;
  });
  if (rows.length === 0) return NOTHING;
  return markup`<h4>Problems</h4>
<div class="scroll" role="region" aria-label="Problems of ${operation.summary}" tabindex="0">
<table><thead><tr><th scope="col">Status</th><th scope="col">Codes</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** Those that the response narrows the problem document to. */
function problemCodes(content: Content | undefined): string[] {
  const schemas = content?.["application/problem+json"]?.schema.allOf ?? [];
  return schemas.flatMap(({ properties }) => {
    const code = properties?.["code"];
    return typeof code === "object" ? (code.enum ?? []).map(String) : [];
  });
}

export function problemLink(code: string): Html {
  return markup`<a href="/problems/${code}"><code>${code}</code></a>`;
}

function firstOf(content: Content | undefined) {
  return Object.values(content ?? {})[0];
}

function samples(operation: ApiOperation): Html {
  const requests = Object.entries(firstOf(operation.requestBody?.content)?.examples ?? {});
  const answers = Object.entries(operation.responses).flatMap(([status, { content }]) => {
    const example = firstOf(content)?.example;
    return example === undefined ? [] : [{ status, example }];
  });
  if (requests.length === 0 && answers.length === 0) return markup`<div></div>`;
  return markup`<div class="samples">
${requests.map(([name, { value }], index) => sample({ name: `Request, ${name}`, value, open: index === 0 }))}
${answers.map(({ status, example }, index) => sample({ name: `Answer ${status}`, value: example, open: index === 0 }))}
</div>`;
}

interface Sample {
  readonly name: string;
  readonly value: unknown;
  readonly open: boolean;
}

function sample({ name, value, open }: Sample): Html {
  return markup`<details${open ? markup` open` : NOTHING}><summary><b>${name}</b></summary>${codeBlock(JSON.stringify(value, null, 2), name)}</details>
`;
}

/** Reachable by keyboard, since it may be wider than its place. */
export function codeBlock(code: string, label: string): Html {
  return markup`<pre tabindex="0" role="region" aria-label="${label}"><code>${code}</code></pre>`;
}
