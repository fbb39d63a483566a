/** What workerd has and Node 24 lacks, as far as the gateway's code uses it: bytes as base64 and hex, equality. */
import { timingSafeEqual } from "node:crypto";

declare global {
  interface SubtleCrypto {
    timingSafeEqual(left: Uint8Array, right: Uint8Array): boolean;
  }
}

/** Adds what is missing; what is there stays. */
export function addMissingBytes(): void {
  define(Uint8Array, "fromBase64", (text: string) => new Uint8Array(Buffer.from(text, "base64")));
  define(Uint8Array, "fromHex", (text: string) => new Uint8Array(Buffer.from(text, "hex")));
  define(Uint8Array.prototype, "toHex", function toHex(this: Uint8Array) {
    return Buffer.from(this).toString("hex");
  });
  define(Uint8Array.prototype, "toBase64", toBase64);
  define(SubtleCrypto.prototype, "timingSafeEqual", timingSafeEqual);
}

/** Of the alphabets the one asked for; base64url is never padded here. */
function toBase64(this: Uint8Array, { alphabet = "base64" }: { alphabet?: string } = {}) {
  return Buffer.from(this).toString(alphabet === "base64url" ? "base64url" : "base64");
}

function define(target: object, name: string, value: unknown): void {
  if (name in target) return;
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}
