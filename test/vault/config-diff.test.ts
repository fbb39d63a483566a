import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConfigChange, diffOf } from "../../src/vault/config-diff.ts";

const names = fc.constantFrom("a", "b", "a/b", "m~n", "__proto__", "");
const leaves = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.boolean(),
  fc.constantFrom("", "x"),
  fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
);
const { tree: trees } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.dictionary(names, fc.oneof({ maxDepth: 2 }, leaves, tie("tree")), {
    maxKeys: 4,
    noNullPrototype: false,
  }),
}));

/** A copy of the tree with one place changed, as a reader of the history would do it. */
function applied(tree: unknown, { path, to }: ConfigChange): unknown {
  const [name, ...rest] = path.slice(1).split("/");
  if (path === "") return to;
  const own = (name ?? "").replaceAll("~1", "/").replaceAll("~0", "~");
  const entries = typeof tree === "object" && tree !== null ? Object.entries(tree) : [];
  const before = new Map<string, unknown>(entries);
  const inner =
    rest.length === 0 ? to : applied(before.get(own), { path: `/${rest.join("/")}`, to });
  if (inner === undefined) before.delete(own);
  else before.set(own, inner);
  return Object.fromEntries(before);
}

describe("diffOf", () => {
  it("design.md 9: nothing differs from itself", () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(diffOf(tree, structuredClone(tree))).toEqual([]);
      }),
    );
  });

  it("design.md 9: what differs, applied to the one, is the other", () => {
    fc.assert(
      fc.property(trees, trees, (from, to) => {
        const changes = diffOf(from, to);
        expect(changes.reduce<unknown>(applied, from)).toEqual(to);
        expect(new Set(changes.map(({ path }) => path)).size).toBe(changes.length);
      }),
      { numRuns: 500 },
    );
  });

  it("design.md 9: back is the same places with both sides turned", () => {
    fc.assert(
      fc.property(trees, trees, (from, to) => {
        const back = diffOf(to, from).map((change) => [change.path, change.to, change.from]);
        expect(diffOf(from, to).map((change) => [change.path, change.from, change.to])).toEqual(
          back,
        );
      }),
    );
  });

  it("RFC 6901: slashes and tildes in a name are escaped", () => {
    expect(diffOf({ "a/b": { "m~n": 1 } }, { "a/b": {} })).toEqual([
      { path: "/a~1b/m~0n", from: 1 },
    ]);
  });

  it("design.md 9: a list is one value, and what is unset is nothing", () => {
    expect(diffOf({ a: [1, 2], b: undefined }, { a: [2], c: 1 })).toEqual([
      { path: "/a", from: [1, 2], to: [2] },
      { path: "/c", to: 1 },
    ]);
  });
});
