/**
 * The part of TOML that `wrangler.toml` is written in: tables, lists of tables, one value a line. Refuses what it
 * does not know, so that nothing of the file is passed over.
 */
export type TomlTable = ReadonlyMap<string, unknown>;

export function readToml(text: string): ReadonlyMap<string, readonly TomlTable[]> {
  const tables = new Map<string, Map<string, unknown>[]>([["", [new Map()]]]);
  let current = "";
  let open: string[] = [];
  for (const line of text.split("\n")) {
    const plain = line.trim();
    if (open.length > 0) {
      open.push(plain);
      if (plain !== "]") continue;
      put(open.join(" "));
      open = [];
    } else if (/^\[\[?[\w.-]+\]\]?$/.test(plain)) {
      current = plain.replaceAll(/[[\]]/g, "");
      const known = tables.get(current) ?? [];
      if (known.length > 0 && !plain.startsWith("[[")) throw new Error(`[${current}] stands twice`);
      tables.set(current, [...known, new Map()]);
    } else if (/=\s*\[$/.test(plain)) {
      open = [plain];
    } else if (plain !== "" && !plain.startsWith("#")) {
      put(plain);
    }
  }
  return tables;

  function put(assignment: string): void {
    const [, name, value] = /^([\w-]+)\s*=\s*(.+)$/.exec(assignment) ?? [];
    const table = tables.get(current)?.at(-1);
    if (!name || !value || !table || table.has(name)) throw new Error(`cannot read: ${assignment}`);
    // Texts, numbers, booleans and lists are written as in JSON; a list may end in a comma.
    // An inline table differs from JSON by its keys alone.
    const json = value.startsWith("{") ? value.replaceAll(/(\w+)\s*=/g, '"$1":') : value;
    table.set(name, JSON.parse(json.replace(/,\s*\]$/, "]")));
  }
}
