/// <reference types="vite/types/importMeta.d.ts" />
/** PhonePe's messages of the contract's examples, by file name. */
import index from "../vectors/phonepe/index.json" with { type: "json" };

const FILES = import.meta.glob<unknown>("../vectors/phonepe/*.json", {
  eager: true,
  import: "default",
});

export function example(name: string): unknown {
  const found = FILES[`../vectors/phonepe/${name}.json`];
  if (found === undefined) throw new Error(`there is no example ${name}`);
  return found;
}

/** The HTTP status that the index gives for an example. */
export function statusOfExample(name: string): number {
  const message = index.messages.find(({ file }) => file === `${name}.json`);
  if (!message || !("httpStatus" in message) || typeof message.httpStatus !== "number") {
    throw new Error(`the index gives no status for ${name}`);
  }
  return message.httpStatus;
}

export function exampleNames(prefix: string): string[] {
  return Object.keys(FILES)
    .map((path) => path.slice("../vectors/phonepe/".length, -".json".length))
    .filter((name) => name.startsWith(prefix));
}
