import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { wireHttp } from "../../src/wiring/index.ts";

const bootstrap = (notifyUrl: string) =>
  JSON.stringify({ merchants: [{ id: "m", apiKeys: [], notifyUrl }] });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a merchant's notification address when it is set", () => {
  it.each([
    { notifyUrl: "https://hooks.example.com/in", refused: false },
    { notifyUrl: "https://10.0.0.1/in", refused: true },
    { notifyUrl: "http://hooks.example.com/in", refused: true },
  ])("WHK-9: $notifyUrl in production, refused $refused", ({ notifyUrl, refused }) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const changes = { ENVIRONMENT: "production", BOOTSTRAP: bootstrap(notifyUrl) };
    wireHttp(Object.assign({ ...env }, changes));
    const said = logged.mock.calls.flat().join();
    expect(said.includes("notifyUrl is refused")).toBe(refused);
    expect(said).not.toContain("hooks.example.com");
  });
});
