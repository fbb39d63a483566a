import { beforeEach, describe, expect, it } from "vitest";
import {
  type Generations,
  makeGenerationSource,
  parseGeneration,
} from "../../src/vault/generations.ts";

let nowMs = 0;
let copy: () => Promise<string | null> = async () => null;
let object: () => Promise<Generations> = async () => ({});
let asked: string[] = [];

const source = () =>
  makeGenerationSource({
    nowMs: () => nowMs,
    sleep: async () => undefined,
    readCopy: () => {
      asked.push("copy");
      return copy();
    },
    ask: () => {
      asked.push("object");
      return object();
    },
  });
/** One whose wait never ends: it has to answer by itself. */
const patient = () =>
  makeGenerationSource({
    nowMs: () => nowMs,
    sleep: () => new Promise(() => undefined),
    readCopy: () => copy(),
    ask: () => object(),
  });

beforeEach(() => {
  nowMs = 1_000_000;
  asked = [];
  copy = async () => null;
  object = async () => ({ vault: 4 });
});

describe("generations", () => {
  it("GCM-8: memory for 60 s, then KV, then the registry", async () => {
    copy = async () => JSON.stringify({ vault: 2 });
    const { of: generationOf } = patient();
    expect(await generationOf("vault")).toBe(2);
    copy = async () => null;
    nowMs += 59_999;
    expect(generationOf("vault")).toBe(2);
    expect(generationOf("tokens")).toBe(1);
    nowMs += 1;
    expect(await generationOf("vault")).toBe(4);
  });

  it("GCM-8: a copy that is older than memory takes nothing back", async () => {
    const { of: generationOf } = patient();
    expect(await generationOf("vault")).toBe(4);
    copy = async () => JSON.stringify({ vault: 3, tokens: 2 });
    nowMs += 60_000;
    expect(await generationOf("vault")).toBe(4);
    expect(generationOf("tokens")).toBe(2);
  });

  it.each(["", "{", "[]", '{"vault":0}', '{"vault":"2"}', '{"vault":1e9}', '{"other":2}'])(
    "GCM-8: the copy %j is no copy",
    async (text) => {
      copy = async () => text;
      expect(await patient().of("vault")).toBe(4);
    },
  );

  it("I12: while neither answers, what is known goes on, or 1", async () => {
    const away = () => Promise.reject(new Error("away"));
    const { of: generationOf } = patient();
    expect(await generationOf("vault")).toBe(4);
    [copy, object] = [away, away];
    nowMs += 60_000;
    expect(await generationOf("vault")).toBe(4);
    expect(await patient().of("vault")).toBe(1);
  });

  it("I12: after a failure it is not asked again for five seconds", async () => {
    object = () => Promise.reject(new Error("away"));
    const { of: generationOf } = source();
    await generationOf("vault");
    await Promise.resolve();
    asked = [];
    nowMs += 4_999;
    expect(generationOf("vault")).toBe(1);
    nowMs += 1;
    await generationOf("vault");
    expect(asked[0]).toBe("copy");
  });

  it("I12: who hangs holds up nobody", async () => {
    copy = () => new Promise(() => undefined);
    expect(await source().of("vault")).toBe(1);
  });

  it("GCM-8: what the registry says by itself counts at once, and takes nothing back", async () => {
    const { of: generationOf, learn } = patient();
    learn({ vault: 9 });
    expect(generationOf("vault")).toBe(9);
    learn({ vault: 8, tokens: 2 });
    expect([generationOf("vault"), generationOf("tokens")]).toEqual([9, 2]);
  });

  it("I12: while one reads, the others go on with what is known", async () => {
    const { of: generationOf } = patient();
    const [first, second] = [generationOf("vault"), generationOf("vault")];
    expect(second).toBe(1);
    expect(await first).toBe(4);
  });
});

describe("a generation in an envelope", () => {
  it.each([
    ["1", 1],
    ["42", 42],
    ["999999999", 999_999_999],
  ])("GCM-4: %s is one", (text, generation) => {
    expect(parseGeneration(text)).toBe(generation);
  });

  it.each(["", "0", "01", "-1", "+1", "1.0", "1e3", " 1", "1\n", "1000000000", "١", "0x1"])(
    "GCM-4: %j is none",
    (text) => {
      expect(parseGeneration(text)).toBeUndefined();
    },
  );
});
