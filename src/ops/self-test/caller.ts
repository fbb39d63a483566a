/** A run's way through the public door: signs its calls, counts them and remembers their answers. */
import { assert, readJson, SECOND_MS } from "#base";
import * as z from "zod";
import type { RunKey, SelfTestPorts } from "./ports.ts";

/** Nobody's name: requests never leave the Worker. Signatures cover it. */
const BASE = "https://self-test.invalid";
/** A platform's request may call Workers 32 times; a chapter is one request. */
export const CALLS_MAX = 24;
const WAIT_SEC_MAX = 10;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface SelfTestCall {
  readonly path: string;
  /** With a body it is a POST. */
  readonly body?: object | string;
  /** What is sent in place of the body that was signed. */
  readonly sentBody?: string;
  readonly idempotencyKey?: string;
  /** How long ago it was signed; negative for the future. */
  readonly ageSec?: number;
  readonly nonce?: string;
  readonly key?: RunKey;
}

export interface Caller {
  /** All answers so far. */
  readonly answers: readonly Answer[];
  /** Signs and sends. A merchant may have narrow limits of its own: they are waited for, once. */
  signed(call: SelfTestCall): Promise<Answer>;
  /** Sends a request as it is. */
  plain(path: string, init?: RequestInit): Promise<Answer>;
}

const objectSchema = z.record(z.string(), z.unknown());

export function makeCaller(
  ports: Pick<SelfTestPorts, "address" | "fetch" | "nowMs" | "sign" | "sleep">,
  key: RunKey,
): Caller {
  const answers: Answer[] = [];
  let calls = 0;
  const plain = async (path: string, init: RequestInit = {}) => {
    calls += 1;
    assert(calls <= CALLS_MAX, "a chapter's calls are bounded");
    const request = new Request(`${BASE}${path}`, init);
    if (ports.address !== null) request.headers.set("cf-connecting-ip", ports.address);
    const response = await ports.fetch(request);
    const text = await response.text();
    const parsed = objectSchema.safeParse(readJson(text));
    const json = parsed.success ? parsed.data : {};
    const answer = { status: response.status, headers: response.headers, text, json };
    answers.push(answer);
    return answer;
  };
  const send = async (call: SelfTestCall) => {
    const body = typeof call.body === "object" ? JSON.stringify(call.body) : call.body;
    const method = body === undefined ? "GET" : "POST";
    const headers = await ports.sign(
      {
        method,
        url: `${BASE}${call.path}`,
        ...(body === undefined ? {} : { body }),
        ...(call.idempotencyKey === undefined ? {} : { idempotencyKey: call.idempotencyKey }),
      },
      call.key ?? key,
      {
        createdSec: Math.floor(ports.nowMs() / SECOND_MS) - (call.ageSec ?? 0),
        ...(call.nonce === undefined ? {} : { nonce: call.nonce }),
      },
    );
    const sent = call.sentBody ?? body;
    return plain(call.path, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
  };
  return {
    answers,
    plain,
    async signed(call) {
      const answer = await send(call);
      const waitSec = Number(answer.headers.get("retry-after"));
      if (answer.status !== 429 || !(waitSec > 0 && waitSec <= WAIT_SEC_MAX)) return answer;
      await ports.sleep(waitSec * SECOND_MS);
      return send(call);
    },
  };
}
