import { assert } from "#base";
import { loadModel } from "./model-file.ts";
import type { Model } from "./model.ts";

let loading: Promise<Model> | undefined;

/** The shipped model, trained on simulated payments (docs/risk.md). Read at first use: a Worker's start is short. */
export function referenceModel(): Promise<Model> {
  loading ??= read();
  return loading;
}

async function read(): Promise<Model> {
  const file = await import("./reference-model.json", { with: { type: "json" } });
  const model = await loadModel(file.default);
  assert(model.ok, "the shipped model is whole");
  return model.value;
}
