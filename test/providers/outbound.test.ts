import { describe, expect, it } from "vitest";
import { makeOutbound as makeStrict } from "#providers";

const request = { method: "GET", url: "https://pg.example/a", headers: {}, timeoutMs: 50 } as const;
const makeOutbound = (fetch: Parameters<typeof makeStrict>[0]) =>
  makeStrict(fetch, { plainHttpTo: "anyone" });
const CAP_BYTES = 262_144;

/** A body in parts of 16 KiB that ends, or never does. */
function streamOf(bytes: number, end: "close" | "error" | "hang" = "close") {
  let left = bytes;
  let sent = 0;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (left > 0) {
        const part = Math.min(left, 16_384);
        left -= part;
        sent += part;
        return controller.enqueue(new Uint8Array(part).fill(97));
      }
      if (end === "close") return controller.close();
      if (end === "error") return controller.error(new Error("reset"));
      return new Promise<void>(() => {});
    },
  });
  return { stream, sent: () => sent };
}

describe("makeOutbound", () => {
  it("API-10: the call follows no redirect and has a time limit", async () => {
    const seen: RequestInit[] = [];
    const outbound = makeOutbound(async (_, init) => {
      seen.push(init);
      return new Response("", { status: 302, headers: { location: "https://evil.example/" } });
    });
    const body = "{}";
    const headers = { a: "b" };
    const result = await outbound({ ...request, method: "POST", body, headers });
    expect(result).toMatchObject({ type: "answer", status: 302, text: "" });
    expect(seen).toEqual([
      { method: "POST", headers, redirect: "manual", body, signal: expect.any(AbortSignal) },
    ]);
  });

  it("style.md 7: a call without an answer ends as a time-out", async () => {
    const outbound = makeOutbound(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    expect(await outbound({ ...request, timeoutMs: 5 })).toEqual({
      type: "no_answer",
      reason: "timeout",
    });
  });

  it("contract.md 7.4: a broken connection is never taken as nothing happened", async () => {
    const outbound = makeOutbound(() => Promise.reject(new TypeError("Network connection lost.")));
    expect(await outbound(request)).toEqual({ type: "no_answer", reason: "network" });
  });

  it("contract.md 7.4: a body that breaks off is no answer", async () => {
    const outbound = makeOutbound(async () => new Response(streamOf(100, "error").stream));
    expect(await outbound(request)).toEqual({ type: "no_answer", reason: "network" });
  });

  it.each([
    [CAP_BYTES, "answer"],
    [CAP_BYTES + 1, "no_answer"],
  ])("API-10: an answer of %i bytes is %s", async (bytes, type) => {
    const outbound = makeOutbound(async () => new Response(streamOf(bytes).stream));
    expect(await outbound(request)).toMatchObject({ type });
  });

  it("API-10: reading stops soon after the limit", async () => {
    const endless = streamOf(100 * CAP_BYTES);
    const outbound = makeOutbound(async () => new Response(endless.stream));
    expect(await outbound(request)).toEqual({ type: "no_answer", reason: "too_large" });
    expect(endless.sent()).toBeLessThan(2 * CAP_BYTES);
  });

  it("contract.md 7.1: text of several bytes a character survives being cut in parts", async () => {
    const bytes = new TextEncoder().encode("₹₹₹");
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    const outbound = makeOutbound(async () => new Response(stream));
    expect(await outbound(request)).toMatchObject({ text: "₹₹₹" });
  });

  it.each([200, 204, 400, 500])("style.md 7: status %i is passed on", async (status) => {
    const outbound = makeOutbound(async () => new Response(null, { status }));
    expect(await outbound(request)).toMatchObject({ type: "answer", status, text: "" });
  });

  it("API-10: a body that drips is cut off by the time limit", async () => {
    const outbound = makeOutbound(async () => new Response(streamOf(100, "hang").stream));
    const startedAtMs = Date.now();
    expect(await outbound(request)).toEqual({ type: "no_answer", reason: "timeout" });
    expect(Date.now() - startedAtMs).toBeLessThan(1_000);
  });
});

describe("TLS", () => {
  const URLS = {
    "https://api.phonepe.com/a": true,
    "http://127.0.0.1:8788/a": true,
    "http://localhost:8788/a": true,
    "http://[::1]:8788/a": true,
    "http://api.phonepe.com/a": false,
    "http://localhost.evil.example/a": false,
    "http://127.0.0.1.evil.example/a": false,
    "http://localhost@evil.example/a": false,
    "http://10.0.0.1/a": false,
    "ftp://127.0.0.1/a": false,
  } as const;

  it.each(Object.entries(URLS))("api.md 8: production calls %s: %s", async (url, allowed) => {
    let calls = 0;
    const outbound = makeStrict(
      async () => {
        calls += 1;
        return new Response("");
      },
      { plainHttpTo: "loopback" },
    );
    const result = await outbound({ ...request, url });
    expect(result.type).toBe(allowed ? "answer" : "not_sent");
    expect(calls).toBe(allowed ? 1 : 0);
  });
});
