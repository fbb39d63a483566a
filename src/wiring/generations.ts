/** Where an isolate learns which generation to seal with. A file of its own: the configuration is made with it. */
import { type GenerationSource, makeGenerationSource } from "#vault";
import type { Bindings } from "../env.ts";
import { clock, sleep } from "../platform.ts";

/** One registry and one copy per deployment. */
export const KEY_REGISTRY_NAME = "gateway";
export const GENERATIONS_COPY = "key-generations";

/** Make one per isolate: it is the isolate's memory. */
export function generationSource(env: Bindings): GenerationSource {
  return makeGenerationSource({
    nowMs: clock,
    sleep,
    readCopy: async () => env.TOKENS.get(GENERATIONS_COPY),
    ask: async () => env.KEY_REGISTRY.getByName(KEY_REGISTRY_NAME).generations(),
  });
}
