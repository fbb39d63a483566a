/** Ports of payload encryption: the gateway's own key pairs. */
import type { HttpDeps } from "#http";
import { makePayloadKeySource, openJwe, sealJwe } from "#vault";
import type { PayloadKeyObjectDeps } from "#vault-objects";
import { type Bindings, configOf } from "../env.ts";
import { clock, log, sleep } from "../platform.ts";

/** One object and one copy per deployment. */
export const OBJECT_NAME = "gateway";
const COPY_NAME = "payload-keys";

/** What the operations need of encrypted payloads; made once per isolate, since it holds the imported keys. */
export function wirePayloadKeys(env: Bindings): HttpDeps["payloadKeys"] {
  const source = makePayloadKeySource({
    nowMs: clock,
    sleep,
    log,
    keyring: configOf(env).keyring,
    readCopy: () => env.TOKENS.get(COPY_NAME),
    ask: () => env.PAYLOAD_KEYS.getByName(OBJECT_NAME).generations(),
  });
  return {
    jwks: source.jwks,
    open: (token) => openJwe(token, source.privateKey),
    seal: async ({ jwk }, answer) => jwk && sealJwe(answer, jwk),
  };
}

/** What the object that makes the keys works with. */
export function wirePayloadKeyObject(env: Bindings): PayloadKeyObjectDeps {
  return {
    nowMs: clock,
    log,
    keyring: configOf(env).keyring,
    publishCopy: (sealed) => env.TOKENS.put(COPY_NAME, sealed),
  };
}
