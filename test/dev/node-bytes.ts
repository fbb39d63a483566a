/** What workerd has and Node 24 lacks of the language's bytes and hex (ECMAScript 2026): the gateway's code uses it. */
const MISSING = {
  fromBase64: (text: string) => new Uint8Array(Buffer.from(text, "base64")),
  toHex(this: Uint8Array) {
    return Buffer.from(this).toString("hex");
  },
};

export function addMissingBytes(): void {
  define(Uint8Array, "fromBase64", MISSING.fromBase64);
  define(Uint8Array.prototype, "toHex", MISSING.toHex);
}

function define(target: object, name: string, value: unknown): void {
  if (name in target) return;
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}
