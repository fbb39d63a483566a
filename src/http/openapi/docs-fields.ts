/** The fields of a JSON Schema as rows of a table. */
import { type Html, htmlText, inline, markup, NOTHING } from "./markup.ts";
import type { JsonSchema } from "./openapi-types.ts";

interface FieldRow {
  readonly name: string;
  readonly type: Html;
  readonly limits: string;
  readonly required: boolean;
  readonly description: string;
}

interface FieldTableOptions {
  readonly label: string;
  /** A request must have a field, an answer always has it. */
  readonly kind: "request" | "answer";
  readonly components: Readonly<Record<string, JsonSchema>>;
}

const NEED: Readonly<Record<FieldTableOptions["kind"], { must: Html; may: Html }>> = {
  request: {
    must: markup`<span class="need must">required</span>`,
    may: markup`<span class="need">optional</span>`,
  },
  answer: {
    must: markup`<span class="need">always</span>`,
    may: markup`<span class="need">where it applies</span>`,
  },
};

/** With roles spelled out: on a phone its rows are no table rows to CSS, and must stay so to a screen reader. */
export function fieldTable(schema: JsonSchema, options: FieldTableOptions): Html {
  const { label } = options;
  const rows = merged(fieldRows(schema, { ...options, prefix: "" }));
  if (rows.length === 0) return NOTHING;
  return markup`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
<table class="fields" role="table"><thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Field</th><th scope="col" role="columnheader">Type</th><th scope="col" role="columnheader">Meaning</th></tr></thead>
<tbody role="rowgroup">${rows.map((row) => rowMarkup(row, options))}</tbody></table></div>`;
}

function rowMarkup(row: FieldRow, { kind }: FieldTableOptions): Html {
  const { name, type, limits, required, description } = row;
  const need = required ? NEED[kind].must : NEED[kind].may;
  const small = limits === "" ? NOTHING : markup`<span class="limits">${inline(limits)}</span>`;
  return markup`<tr role="row"><th scope="row" role="rowheader"><code>${name}</code>${need}</th><td role="cell">${type}${small}</td><td role="cell">${inline(description)}</td></tr>
`;
}

function fieldRows(
  schema: JsonSchema,
  context: FieldTableOptions & { readonly prefix: string },
): FieldRow[] {
  const { components, prefix } = context;
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    if (typeof value === "boolean") return [];
    const name = `${prefix}${key}`;
    const row: FieldRow = {
      name,
      type: typeMarkup(value),
      limits: limitsText(value),
      required: schema.required?.includes(key) ?? false,
      description: value.description ?? components[nameOf(value)]?.description ?? "",
    };
    const item = itemOf(value);
    const inside = { ...context, prefix: item ? `${name}[].` : `${name}.` };
    return [row, ...fieldRows(item ?? value, inside)];
  });
}

/** Fields that follow each other and differ in name only are one row. */
function merged(rows: readonly FieldRow[]): FieldRow[] {
  const kept: { row: FieldRow; last: string }[] = [];
  for (const row of rows) {
    const before = kept.at(-1);
    if (before && isSame(before.row, row)) before.last = row.name;
    else kept.push({ row, last: row.name });
  }
  return kept.map(({ row, last }) =>
    row.name === last ? row : { ...row, name: `${row.name} … ${lastPart(last)}` },
  );
}

function isSame(a: FieldRow, b: FieldRow): boolean {
  const text = ({ type, limits, required, description }: FieldRow) =>
    JSON.stringify([htmlText(type), limits, required, description]);
  return text(a) === text(b);
}

function lastPart(name: string): string {
  return name.split(".").at(-1) ?? name;
}

function itemOf(schema: JsonSchema): JsonSchema | undefined {
  const { items } = schema;
  return typeof items === "object" && !Array.isArray(items) ? items : undefined;
}

function nameOf({ $ref }: JsonSchema): string {
  return $ref?.split("/").at(-1) ?? "";
}

/** A schema of the document by its name, linked to where its fields stand. */
export function schemaLink(schema: JsonSchema): Html | undefined {
  const name = nameOf(schema);
  if (name === "") return undefined;
  return markup`<a href="#schema-${name}">${name}</a>`;
}

function typeMarkup(schema: JsonSchema): Html {
  const link = schemaLink(schema);
  if (link) return link;
  const item = itemOf(schema);
  if (item) return markup`array of ${typeMarkup(item)}`;
  const forms = (schema.anyOf ?? schema.oneOf ?? []).filter((one) => one.type !== "null");
  const [only] = forms;
  const orNull = schema.anyOf?.some((one) => one.type === "null") ? " or null" : "";
  const isPlain = forms.every(({ type }) => type !== "object" && type === only?.type);
  if (only && (forms.length === 1 || isPlain)) return markup`${typeMarkup(only)}${orNull}`;
  if (only) return markup`${typeName(only, "object")}, one of ${forms.length} forms${orNull}`;
  return markup`${typeName(schema, "any")}`;
}

function typeName({ type }: JsonSchema, fallback: string): string {
  return Array.isArray(type) ? type.join(" or ") : (type ?? fallback);
}

function limitsText(schema: JsonSchema): string {
  const own = [
    range(schema.minLength, schema.maxLength, "characters"),
    range(schema.minimum, schema.maximum, ""),
    range(schema.minItems, schema.maxItems, "items"),
    schema.enum ? `one of ${schema.enum.map(code).join(", ")}` : "",
    schema.const === undefined ? "" : `always ${code(schema.const)}`,
    schema.pattern === undefined || schema.format ? "" : `matches ${code(schema.pattern)}`,
    schema.format ? schema.format : "",
    schema.default === undefined ? "" : `default ${code(defaultText(schema.default))}`,
  ];
  const item = itemOf(schema);
  const ofItems = item && !item.properties ? limitsText(item) : "";
  const ofForms = (schema.anyOf ?? []).filter((one) => one.type !== "null" && !one.properties);
  const all = [...own, ofItems, ofForms.map(limitsText).join(" or ")].filter((text) => text !== "");
  return [...new Set(all)].join("; ");
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  const end = unit === "" ? "" : ` ${unit}`;
  if (low !== undefined && high !== undefined) {
    return low === high ? `${grouped(low)}${end}` : `${grouped(low)} to ${grouped(high)}${end}`;
  }
  if (high !== undefined) return `at most ${grouped(high)}${end}`;
  return low === undefined || low === 0 ? "" : `at least ${grouped(low)}${end}`;
}

function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

function code(value: unknown): string {
  return `\`${String(value)}\``;
}

function defaultText(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
