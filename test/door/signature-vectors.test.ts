import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { verifySignedRequest } from "#door";
import { fromBase64, hmac, base64 } from "../support/raw-sign.ts";
import httpSignatures from "../vectors/http-signatures.json" with { type: "json" };
import example from "../vectors/rfc9421-example.json" with { type: "json" };
import { oneKey } from "./keys.ts";

type Vector = (typeof httpSignatures.vectors)[number];

function requestOf({ request }: { request: Vector["request"] }): Request {
  const headers = new Headers();
  for (const [name = "", value = ""] of request.headers) headers.append(name, value);
  return new Request(request.url, { method: request.method, headers });
}

/** The door and, where the signature holds, the gate: the nonce counts there. */
async function judge(vector: Vector): Promise<string> {
  const verified = await verifySignedRequest(
    requestOf(vector),
    fromBase64(vector.request.body_b64 ?? ""),
    { findKey: oneKey(vector.keyid, vector.secret), nowSec: vector.now },
  );
  if (!verified.ok) return verified.refusal;
  const { apiKey, nonce, createdSec } = verified.value;
  const gate = env.GATES.getByName(`vector-${vector.id}`);
  const asked = { keyId: apiKey.id, nonce, createdSec, rate: null, idempotency: null };
  const admitted = await gate.admit(asked);
  return admitted.admitted ? "valid" : admitted.reason;
}

describe("http-signatures vectors", () => {
  it.each(httpSignatures.vectors)("SIG: vector $id is judged as published", async (vector) => {
    const earlier = "send_first" in vector && vector.send_first ? await judge(vector) : "valid";
    expect(earlier).toBe("valid");
    const codes = "codes" in vector ? vector.codes : [];
    expect(vector.expect === "valid" ? ["valid"] : codes).toContain(await judge(vector));
  });
});

describe("RFC 9421 B.2.5", () => {
  const vector = example.vectors[0];

  it("RFC 9421 B.2.5: the HMAC over the published base is the published one", async () => {
    const mac = await hmac(fromBase64(vector?.key_b64 ?? ""), vector?.signature_base ?? "");
    expect(base64(mac)).toBe(vector?.signature_b64);
  });

  it("SIG-7: it covers too little for us, so it is refused whatever the MAC says", async () => {
    const headers = new Headers();
    for (const [name = "", value = ""] of vector?.request.headers ?? [])
      headers.append(name, value);
    const request = new Request(vector?.request.url ?? "", { method: "POST", headers });
    const verified = await verifySignedRequest(
      request,
      fromBase64(vector?.request.body_b64 ?? ""),
      { findKey: oneKey("test-shared-secret", "any"), nowSec: vector?.now ?? 0 },
    );
    expect(verified).toEqual({ ok: false, refusal: "signature_invalid" });
  });
});
