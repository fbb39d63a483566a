import httpSignatures from "../vectors/http-signatures.json" with { type: "json" };

/** The good requests of the vectors, with header fields joined as RFC 9421 2.1 asks. */
export const OK_VECTORS = httpSignatures.vectors
  .filter((vector) => vector.expect === "valid")
  .map((vector) => {
    const headers = joinFields(vector.request.headers);
    const input = headers["signature-input"] ?? "";
    const parameters = input.slice(input.indexOf("=") + 1);
    const components = parameters.slice(1, parameters.indexOf(")")).split(" ");
    return {
      id: vector.id,
      secret: vector.secret,
      keyid: vector.keyid,
      dailyKeyBase64: vector.daily_key_b64,
      base: vector.signature_base,
      method: vector.request.method,
      url: new URL(vector.request.url),
      body: bytesOf(vector.request.body_b64 ?? ""),
      headers,
      /** The member of Signature-Input, as received. */
      parameters,
      components: components.map((quoted) => quoted.slice(1, -1)),
      signatureBase64: (headers["signature"] ?? "").replace(/^[^:]*:|:$/g, ""),
    };
  });

/** Bytes of base64 text. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** Base64 text of bytes. */
export function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function joinFields(fields: readonly (readonly string[])[]): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name = "", value = ""] of fields) {
    const before = joined[name];
    joined[name] = before === undefined ? value.trim() : `${before}, ${value.trim()}`;
  }
  return joined;
}
