import { describe, expect, it } from "vitest";
import { verifySignedRequest } from "#door";
import { signRaw } from "../support/raw-sign.ts";
import components from "../vectors/http-signature-components.json" with { type: "json" };
import { oneKey } from "./keys.ts";

const KEY = { keyId: "ak_components", secret: "secret-of-components" };
const NOW_SEC = 1_774_074_486;

/**
 * Components that a signer may cover on top are verified if the library knows them. It knows no `@query-param`
 * and no `bs`: a request that covers one is refused, never let by unverified (SIG-5).
 */
const UNSUPPORTED = /^"@query-param"|;bs/;

describe("http-signature-components vectors", () => {
  it.each(components.vectors)("SIG-3 to SIG-5: component $component of $id", async (vector) => {
    const { request } = vector;
    const fields = request.headers.map(([name = "", value = ""]) => [name, value] as const);
    const value = "value" in vector && typeof vector.value === "string" ? vector.value : "x";
    const signed = await signRaw({
      method: request.method,
      url: request.url,
      fields,
      key: KEY,
      createdSec: NOW_SEC,
      components: { [vector.component]: value },
    });
    const verified = await verifySignedRequest(signed, new Uint8Array(0), {
      findKey: oneKey(KEY.keyId, KEY.secret),
      nowSec: NOW_SEC,
    });
    const holds = !("error" in vector && vector.error) && !UNSUPPORTED.test(vector.component);
    expect(verified.ok ? "valid" : verified.refusal).toBe(holds ? "valid" : "signature_invalid");
  });
});
