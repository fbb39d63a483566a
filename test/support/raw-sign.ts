/** Signs whatever it is given, also what the SDK refuses to sign. Shares no code with `src`: a second opinion. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  /** As pairs, so that a field can stand twice. */
  readonly fields?: readonly (readonly [string, string])[];
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly key: { readonly keyId: string; readonly secret: string };
  readonly createdSec?: number;
  readonly nonce?: string;
  /** Component identifiers as they stand in `Signature-Input`, with their values; replaces or adds. */
  readonly components?: Readonly<Record<string, string>>;
  /** Leaves these out of the covered components. */
  readonly uncovered?: readonly string[];
  /** The parameters behind the list, as text. */
  readonly parameters?: string;
}

const encoder = new TextEncoder();
const utf8 = (text: string) => new Uint8Array(encoder.encode(text));

export async function signRaw(raw: RawRequest): Promise<Request> {
  const { body, key, method } = raw;
  const url = new URL(raw.url);
  const headers = new Headers();
  for (const [name, value] of raw.fields ?? []) headers.append(name, value);
  if (body && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (body && !headers.has("content-digest")) {
    headers.set(
      "content-digest",
      `sha-256=:${base64(await crypto.subtle.digest("SHA-256", body))}:`,
    );
  }
  const createdSec = raw.createdSec ?? Math.floor(Date.now() / 1_000);
  const components = new Map(Object.entries(valuesOf(method, url, headers)));
  for (const [name, value] of Object.entries(raw.components ?? {})) components.set(name, value);
  for (const name of raw.uncovered ?? []) components.delete(name);
  const nonce = raw.nonce ?? crypto.randomUUID();
  const parameters =
    raw.parameters ??
    `;created=${createdSec};nonce="${nonce}";keyid="${key.keyId}";alg="hmac-sha256"`;
  const input = `(${[...components.keys()].join(" ")})${parameters}`;
  const lines = [...components].map(([name, value]) => `${name}: ${value}`);
  const base = [...lines, `"@signature-params": ${input}`].join("\n");
  const day = new Date(createdSec * 1_000).toISOString().slice(0, 10);
  const daily = await hmac(utf8(key.secret), `foolproof-v1/${day}`);
  headers.set("signature-input", `sig1=${input}`);
  headers.set("signature", `sig1=:${base64(await hmac(daily, base))}:`);
  return new Request(url, { method, headers, ...(body ? { body } : {}) });
}

function valuesOf(method: string, url: URL, headers: Headers): Record<string, string> {
  const values: Record<string, string> = {
    '"@method"': method,
    '"@authority"': url.host,
    '"@path"': url.pathname,
    '"@query"': url.search === "" ? "?" : url.search,
  };
  for (const name of ["content-type", "content-digest", "idempotency-key"]) {
    const value = headers.get(name);
    if (value !== null) values[`"${name}"`] = value;
  }
  return values;
}

export async function hmac(
  key: Uint8Array<ArrayBuffer> | ArrayBuffer,
  text: string,
): Promise<ArrayBuffer> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return crypto.subtle.sign("HMAC", imported, utf8(text));
}

export function base64(bytes: Uint8Array | ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
