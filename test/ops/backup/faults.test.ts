import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, utf8 } from "#base";
import { verifyBackup } from "#ops";
import { packChunk, unpackChunk } from "../../../src/ops/backup/chunk.ts";
import { readManifest } from "../../../src/ops/backup/manifest.ts";
import { loadManifest } from "../../../src/ops/backup/verify.ts";
import { wireBackup } from "../../../src/wiring/backup.ts";
import { freshId } from "../../support/call.ts";
import { world } from "../../support/world.ts";
import {
  backUpInto,
  bucketOf,
  type Files,
  MERCHANT,
  paymentAt,
  restoreFrom,
  sourceOf,
  withStore,
} from "./memory.ts";
import { envWith } from "./world.ts";

/** A bucket with a full backup and one that follows it, an hour later. */
async function twoBackups() {
  const [files, name]: [Files, string] = [new Map(), freshId("job")];
  const first = paymentAt("first", 100);
  const full = await backUpInto(files, { name, payments: [first] });
  world.offsetMs += HOUR_MS;
  const second = paymentAt("second", 250);
  const payments = [first, second];
  const incremental = await backUpInto(files, { name, payments });
  return { files, name, payments, full, incremental };
}

async function manifestOf(files: Files, name: string) {
  const loaded = await loadManifest(bucketOf(files), { name, sha256: null });
  if (!loaded.ok) throw new Error(`${name} does not load: ${loaded.refusal.reason}`);
  return loaded.value.manifest;
}

const chunksOf = async (files: Files, name: string) =>
  (await manifestOf(files, name)).chunks.map(({ sha256 }) => `chunks/${sha256}`);

function cut(file: Uint8Array<ArrayBuffer> | undefined) {
  return new Uint8Array(file?.slice(0, -7) ?? []);
}

function bent(file: Uint8Array<ArrayBuffer> | undefined) {
  const copy = new Uint8Array(file ?? []);
  const middle = Math.floor(copy.length / 2);
  copy[middle] = copy[middle] === 65 ? 66 : 65;
  return copy;
}

afterEach(() => world.renew());

describe("the chain of backups", () => {
  it("27: a restore brings back the newest backup, or any earlier one that is named", async () => {
    const { files, full, incremental } = await twoBackups();
    expect(await manifestOf(files, incremental)).toMatchObject({
      kind: "incremental",
      previous: { name: full },
      // The first too: what changed close to the last run is read again.
      totals: { payments: 2, amountPaisa: 350, capturedPaisa: 0, refundedPaisa: 0 },
      missing: 0,
    });
    const newest = await restoreFrom(files);
    expect([...newest.copies.keys()].toSorted()).toEqual(["first", "second"]);
    const earlier = await restoreFrom(files, { manifest: full });
    expect([...earlier.copies.keys()]).toEqual(["first"]);
  });

  it("27: of a payment that changed the newest copy comes back", async () => {
    const { files, name } = await twoBackups();
    world.offsetMs += HOUR_MS;
    await backUpInto(files, { name, payments: [paymentAt("first", 777)] });
    const { copies, restoration } = await restoreFrom(files);
    expect(copies.get("first")).toBe("copy of first over 777");
    expect(restoration?.payments).toEqual({ restored: 2, known: 2, conflicts: 0, failed: 0 });
  });

  it("27: after a week everything is copied anew, and a restore reads no further back", async () => {
    const { files, name, payments } = await twoBackups();
    const before = [...files.keys()];
    world.offsetMs += 7 * DAY_MS;
    const anew = await backUpInto(files, { name, payments });
    expect(await manifestOf(files, anew)).toMatchObject({ kind: "full" });
    for (const old of before) files.delete(old);
    expect((await verifyBackup(bucketOf(files))).faults).toEqual([]);
    const { copies } = await restoreFrom(files);
    expect([...copies.keys()].toSorted()).toEqual(["first", "second"]);
  });

  it("27: more payments than one chunk holds are all copied", async () => {
    const files: Files = new Map();
    const payments = Array.from({ length: 601 }, (_, n) =>
      paymentAt(`order-${String(n).padStart(4, "0")}`, n),
    );
    const name = await backUpInto(files, { name: freshId("job"), payments });
    expect((await manifestOf(files, name)).totals).toMatchObject({ payments: 601 });
    expect((await restoreFrom(files)).copies.size).toBe(601);
  });

  it("27: a payment that cannot be read holds up no other, and is in the next backup", async () => {
    const [files, name]: [Files, string] = [new Map(), freshId("job")];
    const payments = [paymentAt("good"), paymentAt("bad")];
    const source = sourceOf(payments);
    const broken = {
      ...source,
      payment: (...[merchantId, id]: Parameters<typeof source.payment>) =>
        id === "bad" ? Promise.reject(new Error("away")) : source.payment(merchantId, id),
    };
    const first = await backUpInto(files, { name, payments, more: { source: broken } });
    expect(await manifestOf(files, first)).toMatchObject({ missing: 1, totals: { payments: 1 } });
    world.offsetMs += HOUR_MS;
    const next = await backUpInto(files, { name, payments });
    expect(await manifestOf(files, next)).toMatchObject({ missing: 0 });
    expect([...(await restoreFrom(files)).copies.keys()].toSorted()).toEqual(["bad", "good"]);
  });

  it("27: a run that dies at any call to the bucket leaves the backups before it whole, and goes on", async () => {
    for (const side of ["before", "after"] as const) {
      for (let nth = 1; nth <= 2; nth += 1) {
        const { files, name, payments } = await twoBackups();
        const before = new Map(files);
        world.offsetMs += HOUR_MS;
        const more = [...payments, paymentAt("third", 300)];
        const good = bucketOf(files);
        let calls = 0;
        const mortal: typeof good = {
          ...good,
          async put(file, bytes) {
            calls += 1;
            if (calls === nth && side === "before") throw new Error("died");
            const written = await good.put(file, bytes);
            if (calls === nth) throw new Error("died");
            return written;
          },
        };
        const run = () => backUpInto(files, { name, payments: more, more: { bucket: mortal } });
        await run().catch(() => undefined);
        expect((await verifyBackup(good)).faults).toEqual([]);
        for (const [file, bytes] of before) expect(files.get(file)).toBe(bytes);
        await run();
        expect(await verifyBackup(good)).toMatchObject({ manifests: 3, faults: [] });
        expect((await restoreFrom(files)).copies.size).toBe(3);
      }
    }
  });

  it("I10: nothing of a payment stands readable in a chunk", async () => {
    const { files, incremental } = await twoBackups();
    for (const name of await chunksOf(files, incremental)) {
      const text = new TextDecoder().decode(files.get(name));
      expect(text).toMatch(/^fp2\.[\w.-]+$/);
      expect(text).not.toContain("second");
    }
  });
});

describe("what is not as it was written", () => {
  it("27: a file that was changed, cut, swapped or taken away is refused by name, and nothing is restored", async () => {
    const { files, full, incremental } = await twoBackups();
    const [older = "", olderToo = ""] = await chunksOf(files, full);
    const [newer = ""] = await chunksOf(files, incremental);
    const swap = (name: string, by: string) => (c: Files) =>
      c.set(name, new Uint8Array(c.get(by) ?? []));
    const cases: [string, (files: Files) => void, string, string][] = [
      ["chunk changed", (c) => c.set(older, bent(c.get(older))), older, "changed"],
      ["chunk cut", (c) => c.set(newer, cut(c.get(newer))), newer, "changed"],
      ["chunk swapped", swap(older, olderToo), older, "changed"],
      ["chunk gone", (c) => c.delete(newer), newer, "missing"],
      ["manifest changed", (c) => c.set(full, bent(c.get(full))), full, "changed"],
      ["manifest gone", (c) => c.delete(full), full, "missing"],
      ["manifest swapped", swap(full, incremental), full, "changed"],
      ["newest swapped", swap(incremental, full), incremental, "not_a_manifest"],
    ];
    for (const [name, harm, file, reason] of cases) {
      const harmed = new Map(files);
      harm(harmed);
      const { faults } = await verifyBackup(bucketOf(harmed));
      expect([name, faults.some((fault) => fault.file === file)]).toEqual([name, true]);
      const { restoration, calls } = await restoreFrom(harmed);
      expect([name, restoration?.phase, restoration?.fault]).toEqual([
        name,
        "refused",
        { file, reason },
      ]);
      expect([name, calls]).toEqual([name, { dumps: 0, payments: 0 }]);
    }
  });

  it("27: a manifest whose words were changed by one without the keys is refused", async () => {
    const { files, incremental } = await twoBackups();
    const [body = "", seal = ""] = new TextDecoder().decode(files.get(incremental)).split("\n");
    const forged = body.replace('"missing":0', '"missing":1');
    expect(forged).not.toBe(body);
    files.set(incremental, utf8(`${forged}\n${seal}`));
    const { restoration } = await restoreFrom(files);
    expect(restoration?.fault).toEqual({ file: incremental, reason: "foreign_seal" });
  });

  it("GCM-4: other master keys do not open it, and that is what is said", async () => {
    const { files, incremental } = await twoBackups();
    const keys = { k2: btoa("another key of thirty-two bytes!") };
    const MASTER_KEYS = JSON.stringify({ current: "k2", keys });
    const { sealing } = wireBackup(envWith({ MASTER_KEYS }));
    const { restoration, calls } = await restoreFrom(files, { more: { sealing } });
    expect(restoration?.fault).toEqual({ file: incremental, reason: "foreign_seal" });
    expect(calls).toEqual({ dumps: 0, payments: 0 });
  });

  it("27: bytes that are no manifest are none, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await readManifest(new Uint8Array(bytes))).toBeUndefined();
      }),
    );
  });

  it("GCM-4: a chunk opens at its own place alone, and not when a part is left out", async () => {
    const { sealing } = wireBackup(env);
    const place = { runId: "run_1", position: 1 };
    const payments = Array.from({ length: 12 }, (_, n) => ({
      merchantOrderId: `o${n}`,
      amountPaisa: n,
      capturedPaisa: 0,
      refundedPaisa: 0,
      copy: crypto.getRandomValues(new Uint8Array(60_000)).toHex(),
    }));
    const content = { kind: "payments" as const, merchantId: MERCHANT, payments };
    const file = await packChunk(sealing, place, content);
    const lines = new TextDecoder().decode(file).split("\n");
    expect(lines.length).toBeGreaterThan(1);
    expect(await unpackChunk(sealing, place, file)).toEqual(content);
    for (const other of [
      await unpackChunk(sealing, { ...place, position: 2 }, file),
      await unpackChunk(sealing, { ...place, runId: "run_2" }, file),
      await unpackChunk(sealing, place, utf8(lines.toReversed().join("\n"))),
      await unpackChunk(sealing, place, utf8(lines.slice(1).join("\n"))),
    ]) {
      expect(other).toBeUndefined();
    }
  });
});

describe("a restore", () => {
  it("27: what cannot be reached is tried again, and nothing comes back twice", async () => {
    const { files } = await twoBackups();
    let calls = 0;
    const { restoration, copies } = await restoreFrom(files, {
      more: {
        bucket: {
          ...bucketOf(files),
          async get(name) {
            calls += 1;
            if ([3, 11, 19, 24].includes(calls)) throw new Error("away");
            return files.get(name);
          },
        },
      },
    });
    expect(calls).toBeGreaterThan(24);
    expect([restoration?.phase, restoration?.payments]).toEqual([
      "done",
      { restored: 2, known: 1, conflicts: 0, failed: 0 },
    ]);
    expect(copies.size).toBe(2);
  });

  it("27: begins only where there is a backup, and where nothing is", async () => {
    const { files } = await twoBackups();
    expect(await restoreFrom(new Map())).toMatchObject({ refusal: "no_manifest" });
    expect(await restoreFrom(files, { manifest: "manifests/none" })).toMatchObject({
      refusal: "no_manifest",
    });
    const source = sourceOf([paymentAt("other")]);
    expect(await restoreFrom(files, { more: { source } })).toMatchObject({ refusal: "not_empty" });
  });

  it("27: what it remembers is what was written", async () => {
    const { name, incremental } = await twoBackups();
    const stand = await withStore(name, async (store) => store.stand());
    expect(stand).toMatchObject({ previous: { name: incremental }, strays: [] });
    expect(await withStore(freshId("job"), async (store) => store.run())).toBeUndefined();
  });
});
