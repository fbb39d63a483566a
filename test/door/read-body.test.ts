import { describe, expect, it } from "vitest";
import { BODY_BYTES_MAX, readBody } from "#door";
import { Problem } from "#problems";

/** A body that comes in parts, without a declared length. */
function streamed(parts: readonly number[]): { request: Request; sentParts: () => number } {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const length = parts[sent];
      if (length === undefined) return controller.close();
      sent += 1;
      return controller.enqueue(new Uint8Array(length).fill(97));
    },
  });
  const request = new Request("https://gateway.example/", { method: "POST", body });
  return { request, sentParts: () => sent };
}

const outcomeOf = async (request: Request) => {
  try {
    return (await readBody(request)).length;
  } catch (error) {
    return error instanceof Problem ? error.code : error;
  }
};

describe("readBody", () => {
  it("api.md 2: 64 KiB is 65,536 bytes", () => {
    expect(BODY_BYTES_MAX).toBe(65_536);
  });

  it.each([
    [65_536, 65_536],
    [65_537, "body_too_large"],
  ])("api.md 2: a declared body of %i bytes gives %s", async (bytes, expected) => {
    const body = new Uint8Array(bytes);
    const request = new Request("https://gateway.example/", { method: "POST", body });
    expect(await outcomeOf(request)).toBe(expected);
  });

  it.each([
    [[65_535, 1], 65_536],
    [[65_536, 1], "body_too_large"],
    [[0, 1, 0], 1],
    [[], 0],
  ])("api.md 2: a body in parts of %j bytes gives %s", async (parts, expected) => {
    expect(await outcomeOf(streamed(parts).request)).toBe(expected);
  });

  it("API-4: reading stops soon after the limit", async () => {
    const endless = streamed(Array.from({ length: 1_000 }, () => 16_384));
    expect(await outcomeOf(endless.request)).toBe("body_too_large");
    expect(endless.sentParts()).toBeLessThan(10);
  });

  it("api.md 2: a declared length over the limit is believed at once", async () => {
    const headers = { "content-length": "65537" };
    const request = new Request("https://gateway.example/", { method: "POST", headers });
    expect(await outcomeOf(request)).toBe("body_too_large");
  });

  it("api.md 2: a declared length that is too small is not believed", async () => {
    const body = new Uint8Array(65_537);
    const headers = { "content-length": "1" };
    const request = new Request("https://gateway.example/", { method: "POST", body, headers });
    expect(await outcomeOf(request)).toBe("body_too_large");
  });

  it.each(["", "-1", "ten", "1, 1", "1e9x", "Infinityx"])(
    "api.md 2: of the declared length %j, which is none, nothing follows: bytes are counted",
    async (length) => {
      const headers = { "content-length": length };
      const init = { method: "POST", headers };
      const small = new Request("https://gateway.example/", { ...init, body: "ab" });
      expect(await outcomeOf(small)).toBe(2);
      const body = new Uint8Array(65_537);
      const large = new Request("https://gateway.example/", { ...init, body });
      expect(await outcomeOf(large)).toBe("body_too_large");
    },
  );

  it.each(["0", "00"])(
    "api.md 2: with content-length %s and no body it is empty",
    async (length) => {
      const headers = { "content-length": length, "content-type": "application/json" };
      const request = new Request("https://gateway.example/", { method: "POST", headers });
      expect(await outcomeOf(request)).toBe(0);
    },
  );
});
