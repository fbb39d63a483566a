import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "#base";
import { listAll, moveHome, parseResidency, residentBucket, s3Bucket } from "#residency";
import { fakeS3 } from "../support/fake-s3.ts";

const NOW_MS = Date.UTC(2026, 10, 25, 1);
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

function bucketOn(store = fakeS3(), folder = "archive/", settings = store.settings) {
  return s3Bucket(settings, folder, {
    nowMs: () => NOW_MS,
    async send({ url, ...init }) {
      const answer = await store.fetch(new Request(url, init));
      return { status: answer.status, text: await answer.text() };
    },
  });
}

describe("a bucket that speaks S3", () => {
  it("Signature Version 4: each request is signed over its path, query, headers and body", async () => {
    const store = fakeS3();
    const bucket = bucketOn(store);
    await bucket.put("manifests/2026-11-25T01:17:00.000Z-run_1", "one");
    await bucket.put("payments/alpha/order_1", utf8("two"));
    expect(await listAll(bucket, "")).toHaveLength(2);
    const stranger = { ...store.settings, secretAccessKey: "another" };
    await expect(
      bucketOn(store, "archive/", stranger).get("payments/alpha/order_1"),
    ).rejects.toThrow("answered 403");
  });

  it("IND-2: a write counts when the store gives the same bytes back", async () => {
    const store = fakeS3();
    const bucket = bucketOn({
      ...store,
      async fetch(request) {
        const answer = await store.fetch(request);
        for (const name of store.files.keys()) store.files.set(name, "changed");
        return answer;
      },
    });
    await expect(bucket.put("a", "text")).rejects.toThrow("does not give back");
    await expect(bucket.putNew("b", "text")).rejects.toThrow("does not give back");
  });

  it("write-once: a name that is taken stays as it is", async () => {
    const bucket = bucketOn();
    expect(await bucket.putNew("a", "first")).toBe(true);
    expect(await bucket.putNew("a", "second")).toBe(false);
    expect(text(await bucket.get("a"))).toBe("first");
    await bucket.put("a", "third");
    expect(text(await bucket.get("a"))).toBe("third");
  });

  it("removed is removed, also what was never there; a folder sees nothing of another", async () => {
    const store = fakeS3();
    const bucket = bucketOn(store);
    await bucketOn(store, "audit/").put("a", "theirs");
    await bucket.put("a", "ours");
    await bucket.remove(["a", "b"]);
    expect(await bucket.get("a")).toBeUndefined();
    expect([...store.files.keys()]).toEqual(["audit/a"]);
  });

  it("lists all pages of a prefix, in order, and stops at a name that is not ours", async () => {
    const store = fakeS3();
    const bucket = bucketOn(store);
    const names = Array.from({ length: 8 }, (_, n) => `chunks/${n}`);
    for (const name of names) await bucket.put(name, name);
    await bucket.put("manifests/1", "m");
    expect(await listAll(bucket, "chunks/")).toEqual(names);
    store.files.set("archive/chunks/&evil", "x");
    await expect(listAll(bucket, "chunks/")).rejects.toThrow("foreign name");
  });

  it.each([500, 403, 301])("an answer %i is an error, never an absence", async (status) => {
    const bucket = s3Bucket(fakeS3().settings, "", {
      nowMs: () => NOW_MS,
      send: async () => ({ status, text: "" }),
    });
    await expect(bucket.get("a")).rejects.toThrow(`answered ${status}`);
    await expect(bucket.put("a", "b")).rejects.toThrow(`answered ${status}`);
    await expect(bucket.putNew("a", "b")).rejects.toThrow(`answered ${status}`);
    await expect(bucket.remove(["a"])).rejects.toThrow(`answered ${status}`);
    await expect(bucket.list("a")).rejects.toThrow(`answered ${status}`);
  });
});

describe("records on their way to India", () => {
  it("are found wherever they rest, and the newer one counts", async () => {
    const places = { home: bucketOn(), left: bucketOn() };
    const bucket = residentBucket(places);
    await places.left.put("old", "from R2");
    await places.left.put("person", "with a key");
    expect(text(await bucket.get("old"))).toBe("from R2");
    expect(await bucket.putNew("old", "again")).toBe(false);
    await bucket.put("person", "erased");
    expect(text(await bucket.get("person"))).toBe("erased");
    expect(await places.left.get("person")).toBeUndefined();
  });

  it("GDR-2: a move never brings back what has been written over since", async () => {
    const places = { home: bucketOn(), left: bucketOn() };
    await places.home.put("person", "erased");
    await places.left.put("person", "with a key");
    expect(await moveHome(places, 10)).toBe(1);
    expect(text(await places.home.get("person"))).toBe("erased");
    expect(await listAll(places.left, "")).toEqual([]);
  });

  it("a list over both places has every name once, in order, whatever their pages", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 10, max: 99 }), { maxLength: 12 }),
        fc.uniqueArray(fc.integer({ min: 10, max: 99 }), { maxLength: 12 }),
        async (here, there) => {
          const places = { home: bucketOn(), left: bucketOn() };
          for (const n of here) await places.home.put(`n/${n}`, "h");
          for (const n of there) await places.left.put(`n/${n}`, "l");
          const names = [...new Set([...here, ...there])].map((n) => `n/${n}`).toSorted();
          expect(await listAll(residentBucket(places), "n/")).toEqual(names);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe("RESIDENCY", () => {
  const good = fakeS3().settings;

  it("takes what a store needs, without a slash at the end", () => {
    const text = JSON.stringify({ ...good, endpoint: `${good.endpoint}//` });
    expect(parseResidency(text)).toEqual(good);
  });

  it.each([
    ["not json", "not JSON"],
    [JSON.stringify({ ...good, endpoint: "nowhere" }), "endpoint"],
    [JSON.stringify({ ...good, bucket: "Has Spaces" }), "bucket"],
    [JSON.stringify({ ...good, secretAccessKey: undefined }), "secretAccessKey"],
    [JSON.stringify({ ...good, extra: 1 }), "unknown field"],
  ])("I10: a bad one is refused by its field, and its secret is not told", (text, field) => {
    let message = "";
    try {
      parseResidency(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(field);
    expect(message).not.toContain(good.secretAccessKey);
  });
});
