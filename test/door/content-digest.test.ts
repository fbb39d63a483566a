import { describe, expect, it } from "vitest";
import { contentDigestHolds } from "#door";
import { fromBase64 } from "../support/raw-sign.ts";
import contentDigest from "../vectors/content-digest.json" with { type: "json" };

describe("content-digest vectors", () => {
  it.each(contentDigest.vectors)("SIG-14: $id is $expect", async (vector) => {
    const holds = await contentDigestHolds(vector.content_digest, fromBase64(vector.body_b64));
    expect(holds).toBe(vector.expect === "valid");
  });
});
