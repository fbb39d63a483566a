import type { Finding } from "./finding.ts";

const SHOWN = 4;

/** Enough of an id to recognise it by, not enough to use it. */
export function maskId(id: string): string {
  if (id.length <= 2 * SHOWN) return `${id.slice(0, 2)}…`;
  return `${id.slice(0, SHOWN)}…${id.slice(-SHOWN)}`;
}

const SECRET_NAME = /secret|password|salt|^keys$/i;
/** What is shorter than any secret may be is left alone: replacing it would eat ordinary words. */
const SECRET_CHARACTERS_MIN = 6;

/** Every secret of a JSON text, by the names that stand above it. */
export function secretsIn(json: string | undefined): string[] {
  try {
    return collect(JSON.parse(json ?? "null"), false);
  } catch {
    return []; // Not JSON: then nothing of it was read, and nothing of it can be said.
  }
}

function collect(value: unknown, secret: boolean): string[] {
  if (typeof value === "string") {
    return secret && value.length >= SECRET_CHARACTERS_MIN ? [value] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    collect(inner, secret || SECRET_NAME.test(name)),
  );
}

/** The second line of defence (I10): no check quotes a secret, and if one did it would not be seen. */
export function withoutSecrets(finding: Finding, secrets: readonly string[]): Finding {
  const hide = (text: string) =>
    secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), text);
  const { mend } = finding;
  return {
    ...finding,
    says: hide(finding.says),
    ...(mend === undefined ? {} : { mend: hide(mend) }),
  };
}
