import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Entry, hashOf, lineOf, sealSegment, signRemoval } from "#audit";
import { bytesOf, type Chain, chainOf, filesOf, MERCHANT, reportOf } from "./chain.ts";

const COUNTS = [4, 1, 3, 5];
let chain: Chain;
let other: Chain;

beforeAll(async () => {
  chain = await chainOf(COUNTS);
  other = await chainOf(COUNTS);
});

const segmentText = (index: number, of = chain) => of.segments[index]?.text ?? "";
const headOf = (index: number) => {
  const sealed = chain.segments[index];
  if (!sealed) throw new Error("no such segment");
  return sealed;
};
const withText = (index: number, text: string) =>
  filesOf(chain.segments).with(index, { number: index + 1, bytes: bytesOf(text) });
const placesOf = (findings: readonly { segment: number; sequence: number | null }[]) =>
  findings.map(({ segment, sequence }) => `${segment}/${sequence ?? "head"}`);
/** The place of a byte: the entry whose line it is in, or the head. */
const sequenceAt = (index: number, at: number) => {
  const line = segmentText(index).slice(0, at).split("\n").length - 1;
  return line === 0 ? null : headOf(index).head.firstSequence + line - 1;
};

const anySegment = fc.integer({ min: 0, max: COUNTS.length - 1 });
const anyPlace = anySegment.chain((index) =>
  fc.record({
    index: fc.constant(index),
    line: fc.integer({ min: 1, max: COUNTS[index] ?? 1 }),
  }),
);
const linesOf = (index: number) => segmentText(index).trimEnd().split("\n");
const joined = (lines: readonly string[]) => `${lines.join("\n")}\n`;

/** Where an edit of a line shows: the entry that now stands in a wrong place, or else the count of the head. */
function namedBy(how: string, index: number, line: number): number | "head" {
  const sequence = headOf(index).head.firstSequence + line - 1;
  if (how === "double") return sequence + 1;
  return how === "cut" && line === COUNTS[index] ? "head" : sequence;
}

describe("a whole log", () => {
  it("I7: verifies from its first entry to the end that the gateway told of", async () => {
    expect(await reportOf(chain.keys, filesOf(chain.segments))).toEqual({
      segments: 4,
      entries: 13,
      removed: 0,
      endKnown: true,
      findings: [],
    });
  });

  it("I7: one that grew since the keys were fetched verifies too", async () => {
    const early = { ...chain.keys, head: headOfKeys(1) };
    expect((await reportOf(early, filesOf(chain.segments))).findings).toEqual([]);
  });

  it("I7: the same entries, place, time and key give the same bytes", async () => {
    const { head, text } = headOf(0);
    const { merchantId, segment, previousHeadHash, sealedAtMs } = head;
    const place = { merchantId, segment, previousHeadHash, sealedAtMs };
    expect((await sealSegment(chain.signer, place, entriesOf(0))).text).toBe(text);
  });
});

describe("PCI-10.3.4: what was done to a log is found and named", () => {
  it("any byte that was changed", async () => {
    const change = anySegment.chain((index) =>
      fc.record({
        index: fc.constant(index),
        at: fc.integer({ min: 0, max: segmentText(index).length - 2 }),
        bit: fc.integer({ min: 0, max: 7 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ({ index, at, bit }) => {
        const bytes = bytesOf(segmentText(index));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const files = filesOf(chain.segments).with(index, { number: index + 1, bytes });
        const { findings } = await reportOf(chain.keys, files);
        // A line that lost its end runs into the next one: the segment is named, and entries in it.
        const isEndOfLine = segmentText(index)[at] === "\n";
        const places = isEndOfLine
          ? findings.map(({ segment }) => `${segment}/${sequenceAt(index, at) ?? "head"}`)
          : placesOf(findings);
        expect(places).toContain(`${index + 1}/${sequenceAt(index, at) ?? "head"}`);
      }),
      { numRuns: 200 },
    );
  });

  it("an entry that was cut, doubled or moved", async () => {
    const edit = fc.constantFrom("cut", "double", "swap");
    await fc.assert(
      fc.asyncProperty(anyPlace, edit, async ({ index, line }, how) => {
        const lines = linesOf(index);
        const [taken = ""] = lines.splice(line, 1);
        if (how === "double") lines.splice(line, 0, taken, taken);
        if (how === "swap") lines.splice(line === 1 ? 2 : line - 1, 0, taken);
        if (joined(lines) === segmentText(index)) return; // One entry alone cannot be moved.
        const { findings } = await reportOf(chain.keys, withText(index, joined(lines)));
        expect(findings.map(({ segment }) => segment)).toContain(index + 1);
        expect(placesOf(findings)).toContain(`${index + 1}/${namedBy(how, index, line)}`);
      }),
      { numRuns: 80 },
    );
  });

  it("an entry that was put in or changed with its hashes made anew", async () => {
    await fc.assert(
      fc.asyncProperty(anyPlace, fc.boolean(), async ({ index, line }, isNew) => {
        const entries = entriesOf(index);
        const at = line - 1;
        const old = entries[at];
        if (!old) throw new Error("no such entry");
        const body = { ...old, sealed: "fp1.k1.forged.text" };
        const forged = { ...body, hash: await hashOf(MERCHANT, body) };
        if (isNew) entries.splice(at, 0, forged);
        else entries[at] = forged;
        const lines = [linesOf(index)[0] ?? "", ...(await rehashed(entries, at)).map(lineOf)];
        const { findings } = await reportOf(chain.keys, withText(index, joined(lines)));
        expect(findings).toContainEqual({ segment: index + 1, sequence: null, fault: "root" });
      }),
      { numRuns: 50 },
    );
  });

  it("a segment that was dropped, the last one too", async () => {
    for (const index of COUNTS.keys()) {
      const files = filesOf(chain.segments).toSpliced(index, 1);
      const { findings } = await reportOf(chain.keys, files);
      expect(findings).toEqual([{ segment: index + 1, sequence: null, fault: "missing" }]);
    }
  });

  it("segments that were swapped, renumbered or doubled", async () => {
    const [first, second, ...rest] = filesOf(chain.segments);
    if (!first || !second) throw new Error("two segments");
    const swapped = [
      { number: 1, bytes: second.bytes },
      { number: 2, bytes: first.bytes },
      ...rest,
    ];
    const named = (await reportOf(chain.keys, swapped)).findings;
    for (const segment of [1, 2]) {
      expect(named).toContainEqual({ segment, sequence: null, fault: "name" });
    }
    const doubled = [first, first, second, ...rest];
    expect((await reportOf(chain.keys, doubled)).findings).toEqual([
      { segment: 1, sequence: null, fault: "twice" },
    ]);
    const extra = [...filesOf(chain.segments), { number: 5, bytes: first.bytes }];
    expect((await reportOf(chain.keys, extra)).findings).toContainEqual({
      segment: 5,
      sequence: null,
      fault: "name",
    });
  });

  it("a segment that was cut off anywhere", async () => {
    const cut = anySegment.chain((index) =>
      fc.record({
        index: fc.constant(index),
        length: fc.integer({ min: 0, max: segmentText(index).length - 1 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cut, async ({ index, length }) => {
        const text = segmentText(index).slice(0, length);
        const { findings } = await reportOf(chain.keys, withText(index, text));
        expect(findings.map(({ segment }) => segment)).toContain(index + 1);
      }),
      { numRuns: 80 },
    );
  });

  it("JOS-4: a segment that somebody else has signed", async () => {
    const forged = { number: 3, bytes: bytesOf(segmentText(2, other)) };
    const { findings } = await reportOf(chain.keys, filesOf(chain.segments).with(2, forged));
    expect(findings).toEqual([{ segment: 3, sequence: null, fault: "signature" }]);
  });

  it("GCM-4: a whole log that is another merchant's", async () => {
    const foreign = await chainOf(COUNTS, "beta");
    const keys = { ...foreign.keys, merchantId: MERCHANT };
    const { findings } = await reportOf(keys, filesOf(foreign.segments));
    expect(findings).toContainEqual({ segment: 1, sequence: null, fault: "foreign" });
    expect(findings).toContainEqual({ segment: 1, sequence: null, fault: "segment_link" });
  });

  it("I7: a segment signed by the right key that follows another history", async () => {
    const { head } = headOf(2);
    const place = {
      merchantId: MERCHANT,
      segment: 3,
      previousHeadHash: headOf(0).headHash,
      sealedAtMs: head.sealedAtMs,
    };
    const { text } = await sealSegment(chain.signer, place, entriesOf(2));
    const { findings } = await reportOf(chain.keys, withText(2, text));
    expect(placesOf(findings)).toEqual(["3/head", "4/head"]);
    expect(new Set(findings.map(({ fault }) => fault))).toEqual(new Set(["segment_link"]));
  });
});

describe("PCI-3.2.1: what retention removed", () => {
  const removalOf = async (fromSegment: number, toSegment: number, more = {}) => {
    const removed = chain.segments.slice(fromSegment - 1, toSegment);
    const { lastSequence, lastHash } = headOf(toSegment - 1).head;
    const text = await signRemoval(chain.signer, {
      merchantId: MERCHANT,
      fromSegment,
      toSegment,
      headHashes: removed.map(({ headHash }) => headHash),
      lastSequence,
      lastHash,
      removedAtMs: Date.UTC(2033, 11, 1),
      ...more,
    });
    return { number: toSegment, bytes: bytesOf(text) };
  };

  it("verifies, in one removal or in several", async () => {
    const left = filesOf(chain.segments).slice(2);
    const once = await reportOf(chain.keys, left, [await removalOf(1, 2)]);
    expect(once).toMatchObject({ findings: [], removed: 2, segments: 2 });
    const twice = [await removalOf(1, 1), await removalOf(2, 2)];
    expect((await reportOf(chain.keys, left, twice)).findings).toEqual([]);
  });

  it("verifies while segments that a removal names are still there, and only those", async () => {
    const removal = await removalOf(1, 2);
    const files = filesOf(chain.segments);
    expect((await reportOf(chain.keys, files, [removal])).findings).toEqual([]);
    const wrong = files.with(1, { number: 2, bytes: files[0]?.bytes ?? new Uint8Array() });
    expect((await reportOf(chain.keys, wrong, [removal])).findings).not.toEqual([]);
  });

  it("verifies when nothing is left", async () => {
    expect((await reportOf(chain.keys, [], [await removalOf(1, 4)])).findings).toEqual([]);
  });

  it("is told from a cut", async () => {
    const left = filesOf(chain.segments).slice(3);
    const { findings } = await reportOf(chain.keys, left, [await removalOf(1, 2)]);
    expect(findings).toEqual([{ segment: 3, sequence: null, fault: "missing" }]);
  });

  it("counts only when it is signed, whole and in its place", async () => {
    const left = filesOf(chain.segments).slice(2);
    const good = await removalOf(1, 2);
    const flipped = { number: 2, bytes: good.bytes.with(30, (good.bytes[30] ?? 0) ^ 1) };
    const wrong = [
      flipped,
      { ...good, number: 3 },
      await removalOf(2, 2),
      await removalOf(1, 2, { headHashes: [headOf(0).headHash] }),
      await removalOf(1, 2, { merchantId: "beta" }),
    ];
    for (const removal of wrong) {
      const { findings } = await reportOf(chain.keys, left, [removal]);
      expect(placesOf(findings)).toContain(`${removal.number}/head`);
      expect(findings).toContainEqual({ segment: 1, sequence: null, fault: "missing" });
    }
  });

  it("does not hide that the chain behind it is another", async () => {
    const removal = await removalOf(1, 2, { lastHash: headOf(2).head.lastHash });
    const left = filesOf(chain.segments).slice(2);
    expect((await reportOf(chain.keys, left, [removal])).findings).toEqual([
      { segment: 3, sequence: null, fault: "segment_link" },
    ]);
  });
});

function entriesOf(index: number): Entry[] {
  return linesOf(index)
    .slice(1)
    .map((line) => JSON.parse(line));
}

/** The entries from one place on, numbered and chained anew, as a careful forger would. */
async function rehashed(entries: readonly Entry[], from: number): Promise<Entry[]> {
  const made = [...entries];
  for (let at = from; at < made.length; at += 1) {
    const entry = made[at];
    if (!entry) continue;
    const before = made[at - 1];
    const body = {
      ...entry,
      sequence: before ? before.sequence + 1 : entry.sequence,
      prevHash: before?.hash ?? entry.prevHash,
    };
    made[at] = { ...body, hash: await hashOf(MERCHANT, body) };
  }
  return made;
}

function headOfKeys(index: number) {
  const { head, headHash } = headOf(index);
  const { segment, lastSequence, lastHash } = head;
  return { segment, headHash, lastSequence, lastHash };
}
