/** The load, in a process of its own: one order after another from drive.ts, one answer to each. */
import { Agent, request as httpRequest } from "node:http";
import type { SignedRequest } from "#client";
import type { DriverAnswer, Order } from "./drive.ts";
import { cpuMsOf } from "./process-stat.ts";
import { SCENARIO_ROWS } from "./scenarios.ts";
import { percentile } from "./statistics.ts";

/** Requests that may be sent again: this many different ones take turns. */
const TURNS = 500;
const CONNECTIONS = 8;
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
/** One address is let off a number of refusals a minute (api.md 4): the flood comes from many. */
const ADDRESSES = 2 ** 17;
let addressIndex = 0;

process.on("message", (order: Order) => {
  obey(order).then(
    (measured) => reply({ ok: true, measured }),
    (error: unknown) => reply({ ok: false, reason: String(error) }),
  );
});

function reply(answer: DriverAnswer): void {
  process.send?.(answer);
}

/** A closed loop: each connection sends its next request when it has the answer to the last one. */
async function obey(order: Order) {
  const { scenario, secondsMax, requestsMax, pid } = order;
  const { status, repeatable } = SCENARIO_ROWS[scenario];
  const requests = await sign(order, repeatable ? TURNS : requestsMax);
  const latenciesMs: number[] = [];
  let sent = 0;
  let unexpected = 0;
  const cpuBeforeMs = cpuMsOf(pid);
  const startMs = performance.now();
  const endMs = startMs + secondsMax * 1_000;
  const connection = async () => {
    while (sent < requestsMax && performance.now() < endMs) {
      const request = requests[sent % requests.length];
      sent += 1;
      if (!request) throw new Error("there is nothing to send");
      const beforeMs = performance.now();
      const answered = await send(request);
      latenciesMs.push(performance.now() - beforeMs);
      if (answered !== status) unexpected += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const tookSec = (performance.now() - startMs) / 1_000;
  return {
    requests: sent,
    unexpected,
    perSec: sent / tookSec,
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
    cpuUs: ((cpuMsOf(pid) - cpuBeforeMs) * 1_000) / sent,
  };
}

/** Before the clock starts: what a caller's machine does is not the gateway's time. */
async function sign({ scenario, target }: Order, count: number): Promise<SignedRequest[]> {
  const { make } = SCENARIO_ROWS[scenario];
  const { keys } = target;
  const requests: SignedRequest[] = [];
  for (let index = 0; index < count; index += 1) {
    const key = keys[index % keys.length];
    if (key) requests.push(await make(target, key));
  }
  return requests;
}

function send({ url, method, headers, body }: SignedRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { agent, method, headers: { ...headers, "cf-connecting-ip": nextAddress() } };
    const request = httpRequest(url, options, (response) => {
      response.once("error", reject);
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    request.once("error", reject);
    request.end(body);
  });
}

/** Of 198.18.0.0/15, which is set aside for benchmarks (RFC 2544). */
function nextAddress(): string {
  addressIndex = (addressIndex + 1) % ADDRESSES;
  return `198.${18 + (addressIndex >> 16)}.${(addressIndex >> 8) & 255}.${addressIndex & 255}`;
}
