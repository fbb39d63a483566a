import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { appWith } from "../../support/app.ts";
import { BASE, initiateBody, send } from "../../support/call.ts";
import { TEST_KEYS } from "../../support/secrets.ts";
import { INITIATE } from "../payments.ts";
import { expectCommonHeaders } from "../problem-shape.ts";
import { ALGS, encrypted, JOSE, JWKS, publishedKeys } from "./encrypted.ts";

const PUBLIC = {
  "ECDH-ES+A256KW": ["alg", "crv", "kid", "kty", "use", "x", "y"],
  "RSA-OAEP-256": ["alg", "e", "kid", "kty", "n", "use"],
} as const;

describe("GET /.well-known/jwks.json", () => {
  it("JOS-8: shows public members only, with use, alg and kid", async () => {
    const answer = await send(new Request(`${BASE}${JWKS}`));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expectCommonHeaders(answer);
    expect(Object.keys(answer.json)).toEqual(["keys"]);
    const keys = await publishedKeys();
    expect(keys.map(({ alg }) => alg).toSorted()).toEqual([...ALGS]);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual([...PUBLIC[key.alg]]);
      expect(key).toMatchObject({ use: "enc", kid: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) });
    }
  });

  it("JOS-8: a rotation puts new keys first, and old tokens still open", async () => {
    // Two apps as two isolates: the second has nothing of the old keys in memory.
    const first = appWith([]);
    const before = await publishedKeys(first);
    const old = await Promise.all(ALGS.map((alg) => encrypted(initiateBody(), alg, first)));
    await env.PAYLOAD_KEYS.getByName("gateway").rotate();
    const app = appWith([]);
    const after = await publishedKeys(app);
    expect(after.slice(2)).toEqual(before);
    expect(new Set(after.map(({ kid }) => kid)).size).toBe(4);
    for (const body of old) {
      const answer = await app.call({
        path: INITIATE,
        body,
        contentType: JOSE,
        key: TEST_KEYS.alpha,
      });
      expect(answer.status).toBe(201);
    }
  });
});
