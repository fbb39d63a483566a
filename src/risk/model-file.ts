/**
 * A model's file: JSON with the trees, what they were trained on, and a hash over all the rest. The loader trusts nothing
 * in it: a wrong hash, a feature that does not exist or has another unit, and a tree that is not whole are refused.
 * Checked by hand: a schema over some ten thousand numbers would cost more than scoring a thousand payments.
 */
import { ok, type Result, refused, sha256Hex } from "#base";
import { type Calibration, isCalibration } from "./calibration.ts";
import { FEATURES } from "./features.ts";
import type { FeatureHistogram, Model, ModelFeature } from "./model.ts";
import { isReasonCode, REASON_CODES } from "./reason-codes.ts";
import { type FlatTrees, readTrees } from "./trees.ts";

export const MODEL_FORMAT = 1;

export type ModelFault = "form" | "format" | "hash" | "feature" | "calibration" | "tree";

const FEATURES_MAX = 200;
const BINS_MAX = 64;

export async function loadModel(json: unknown): Promise<Result<Model, ModelFault>> {
  if (!isRecord(json)) return refused("form");
  if (json["format"] !== MODEL_FORMAT) return refused("format");
  if (json["sha256"] !== (await modelHash(json))) return refused("hash");
  return readModel(json, json["sha256"]);
}

/** SHA-256 over the file without its hash, keys in order. */
export function modelHash(json: Readonly<Record<string, unknown>>): Promise<string> {
  const { sha256: _, ...rest } = json;
  return sha256Hex(canonicalText(rest));
}

function readModel(json: Record<string, unknown>, sha256: string): Result<Model, ModelFault> {
  const { name, amountMean, features: list, calibration, trees: flat } = json;
  if (typeof name !== "string" || !Array.isArray(list)) return refused("form");
  if (!(typeof amountMean === "number" && amountMean > 0)) return refused("form");
  const features = list.map(readFeature).filter((feature) => feature !== undefined);
  const isWhole = features.length === list.length && features.length <= FEATURES_MAX;
  const names = new Set(features.map((feature) => feature.name));
  if (!isWhole || names.size !== features.length) return refused("feature");
  if (!isCalibrationForm(calibration) || !isCalibration(calibration)) return refused("calibration");
  if (!isFlatTrees(flat)) return refused("tree");
  const trees = readTrees(flat, features.length);
  if (!trees.ok) return trees;
  const places = Int32Array.from(features, ({ place }) => place);
  const codes = Int32Array.from(features, ({ reason }) => REASON_CODES.indexOf(reason));
  const scratch = {
    own: new Float32Array(places.length),
    contributions: new Float64Array(places.length),
    sums: new Float64Array(REASON_CODES.length),
  };
  const known = { name, sha256, amountMean, features, places, codes, scratch };
  return ok({ ...known, calibration, trees: trees.value });
}

function readFeature(json: unknown): ModelFeature | undefined {
  if (!isRecord(json)) return undefined;
  const { name, unit, reason, histogram } = json;
  const place = FEATURES.findIndex((feature) => feature.name === name && feature.unit === unit);
  if (typeof name !== "string" || place === -1) return undefined;
  if (typeof reason !== "string" || !isReasonCode(reason)) return undefined;
  if (!isHistogram(histogram)) return undefined;
  return { name, place, reason, histogram };
}

function isHistogram(json: unknown): json is FeatureHistogram {
  if (!isRecord(json)) return false;
  const { cuts, shares } = json;
  return (
    areNumbers(cuts) &&
    areNumbers(shares) &&
    cuts.length <= BINS_MAX &&
    shares.length === cuts.length + 2 &&
    cuts.every((cut, at) => cut > (cuts[at - 1] ?? Number.NEGATIVE_INFINITY)) &&
    shares.every((share) => share >= 0 && share <= 1)
  );
}

function isCalibrationForm(json: unknown): json is Calibration {
  return isRecord(json) && areNumbers(json["raws"]) && areNumbers(json["probabilities"]);
}

function isFlatTrees(json: unknown): json is FlatTrees {
  return (
    isRecord(json) &&
    areNumbers(json["splits"]) &&
    areNumbers(json["thresholds"]) &&
    areNumbers(json["values"]) &&
    typeof json["valueBits"] === "number"
  );
}

function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function areNumbers(json: unknown): json is readonly number[] {
  return Array.isArray(json) && json.every((value) => Number.isFinite(value));
}

/** JSON with the keys of every object in order. Long lists of numbers go as a whole, which is ten times as fast. */
function canonicalText(json: unknown): string {
  if (areNumbers(json)) return JSON.stringify(json);
  if (Array.isArray(json)) return `[${json.map(canonicalText).join(",")}]`;
  if (!isRecord(json)) return JSON.stringify(json) ?? "null";
  const fields = Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${canonicalText(value)}`).join(",")}}`;
}
