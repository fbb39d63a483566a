/** India keeps UTC+5:30 all year; PhonePe's ids open with the local date and time. */
const INDIA_OFFSET_MS = 19_800_000;

/** An id in PhonePe's form, as `OMO2609301215301234567890`: prefix, yyMMddHHmmss in India, ten random digits. */
export function providerId(prefix: "OMO" | "OM" | "OMR" | "T" | "TR", nowMs: number): string {
  const stamp = new Date(nowMs + INDIA_OFFSET_MS).toISOString().replaceAll(/\D/g, "").slice(2, 14);
  return `${prefix}${stamp}${randomDigits(10)}`;
}

/** A token in the form of a JWT. Nothing reads its signature: what counts is that the books hold the whole string. */
export function opaqueToken(payload: Record<string, string | number>): string {
  const header = base64Url(JSON.stringify({ alg: "HS256", typ: "JWT" }));
  const signature = crypto.getRandomValues(new Uint8Array(32));
  return `${header}.${base64Url(JSON.stringify(payload))}.${base64Url(String.fromCharCode(...signature))}`;
}

export function randomHex(bytes: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(bytes)));
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256Hex(text: string): Promise<string> {
  return toHex(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
  );
}

export async function hmacSha256Hex(secret: string, text: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  return toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))));
}

/** Text to base64 and back, through UTF-8. */
export function base64Encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

export function base64Decode(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
}

function base64Url(binary: string): string {
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function randomDigits(count: number): string {
  return [...crypto.getRandomValues(new Uint8Array(count))].map((byte) => byte % 10).join("");
}
