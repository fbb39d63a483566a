/**
 * A Worker that measures itself: what scoring a payment and counting it in one key's profile take. On this machine the
 * clock runs while a Worker computes; on Cloudflare's network it stands still.
 */
import {
  decodeProfile,
  emptyProfile,
  encodeProfile,
  featuresOf,
  observe,
  type Profile,
  referenceModel,
  scoreFeatures,
} from "#risk";

const BLOCK = 5_000;
const BLOCKS = 30;
const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;
const STEPS = 10_000;

export default {
  async fetch(): Promise<Response> {
    const beganMs = performance.now();
    const model = await referenceModel();
    const loadMs = performance.now() - beganMs;
    const customerProfile = busyProfile("customer", 6 * 60);
    const merchantProfile = busyProfile("merchant", 5);
    const vectors = Array.from({ length: 64 }, (_, at) => {
      const event = eventAt(STEPS + at, 5);
      const customer = observe(customerProfile, event);
      const merchant = observe(merchantProfile, event);
      return {
        event,
        views: { customer, merchant },
        values: featuresOf(event, { customer, merchant }),
      };
    });
    const stored = encodeProfile(merchantProfile);
    let step = STEPS + 64;
    const tasks = {
      score: (at: number) =>
        scoreFeatures(model, vectors[at % 64]?.values ?? new Float64Array()).raw,
      features: (at: number) => {
        const one = vectors[at % 64];
        return one ? featuresOf(one.event, one.views).length : 0;
      },
      updateCustomer: () => observe(customerProfile, eventAt((step += 1), 6 * 60)).payments1h,
      updateMerchant: () => observe(merchantProfile, eventAt((step += 1), 5)).payments1h,
      storedUpdate: () => storedUpdate(stored, (step += 1)),
    };
    const ns = Object.entries(tasks).map(([name, task]) => [name, nsOf(task)]);
    return Response.json({ loadMs, merchantBytes: stored.length, ...Object.fromEntries(ns) });
  },
};

/** Read from its row, counted, and written back: all that a Durable Object does that slept. */
function storedUpdate(stored: Uint8Array, step: number): number {
  const profile = decodeProfile(stored);
  if (!profile) throw new Error("the profile must be readable");
  observe(profile, eventAt(step, 5));
  return encodeProfile(profile).length;
}

function busyProfile(kind: "customer" | "merchant", minutes: number): Profile {
  const profile = emptyProfile(kind, START_MS);
  for (let at = 0; at < STEPS; at += 1) observe(profile, eventAt(at, minutes));
  return profile;
}

function eventAt(step: number, minutes: number) {
  return {
    paymentHash: step,
    atMs: START_MS + step * minutes * MINUTE_MS,
    amountPaisa: 1_000 + ((step * 7_919) % 50_000),
    customer: step % 1_000,
    device: step % 7,
    network: step % 5,
    merchant: step % 40,
  };
}

/** The median block and the fastest: on a machine that does other work as well, the truth is near the fastest. */
function nsOf(task: (at: number) => number): { median: number; fastest: number } {
  const blocks: number[] = [];
  let kept = 0;
  for (let block = 0; block < BLOCKS; block += 1) {
    const beganMs = performance.now();
    for (let at = 0; at < BLOCK; at += 1) kept += task(at);
    blocks.push(((performance.now() - beganMs) * 1_000_000) / BLOCK);
  }
  if (Number.isNaN(kept)) throw new Error("a result must be a number");
  blocks.sort((a, b) => a - b);
  return { median: Math.round(blocks[BLOCKS >> 1] ?? 0), fastest: Math.round(blocks[0] ?? 0) };
}
