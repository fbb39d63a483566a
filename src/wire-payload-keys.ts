/** Payload encryption from the environment: the part of `wiring.ts` that deals with the gateway's own key pairs. */
import type { Clock, Log } from "#base";
import type { HttpDeps } from "#http";
import { makePayloadKeySource, openJwe, type PayloadKeyObjectDeps, sealJwe } from "#vault";
import { type Bindings, configOf } from "./env.ts";

/** One object and one copy per deployment. */
const OBJECT_NAME = "gateway";
const COPY_NAME = "payload-keys";

interface Shared {
  readonly nowMs: Clock;
  readonly log: Log;
}

/** What the operations need of encrypted payloads; made once per isolate, since it holds the imported keys. */
export function wirePayloadKeys(env: Bindings, { nowMs, log }: Shared): HttpDeps["payloadKeys"] {
  const source = makePayloadKeySource({
    nowMs,
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
export function wirePayloadKeyObject(env: Bindings, { nowMs, log }: Shared): PayloadKeyObjectDeps {
  return {
    nowMs,
    log,
    keyring: configOf(env).keyring,
    publishCopy: (sealed) => env.TOKENS.put(COPY_NAME, sealed),
  };
}
