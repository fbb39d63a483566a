/** Signed calls to the app in this worker, as a merchant's server makes them. */
import { exports } from "cloudflare:workers";
import { signRequest } from "#client";
import { TEST_KEYS } from "./secrets.ts";

export const BASE = "https://gateway.example";

export interface TestCall {
  readonly method?: string;
  readonly path: string;
  /** Sent as JSON, unless it is bytes or text already. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly idempotencyKey?: string;
  readonly key?: { readonly keyId: string; readonly secret: string };
  readonly createdSec?: number;
  readonly nonce?: string;
  /** Sent beside those of the signature, which does not cover them. */
  readonly moreHeaders?: Readonly<Record<string, string>>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Answers are read field by field in assertions.
  readonly json: Record<string, unknown>;
}

/** Signs and sends; the real clock judges freshness. */
export async function call(request: TestCall): Promise<TestAnswer> {
  return send(await signedRequest(request));
}

export async function signedRequest(request: TestCall): Promise<Request> {
  const { body, path, key = TEST_KEYS.alpha } = request;
  const method = request.method ?? (body === undefined ? "GET" : "POST");
  const raw = bodyBytes(body);
  const signed = await signRequest(
    {
      method,
      url: `${BASE}${path}`,
      ...(raw === undefined
        ? {}
        : { body: raw, contentType: request.contentType ?? "application/json" }),
      ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
    },
    key,
    {
      createdSec: request.createdSec ?? Math.floor(Date.now() / 1_000),
      ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    },
  );
  return new Request(signed.url, {
    method,
    headers: { ...signed.headers, ...request.moreHeaders },
    ...(raw === undefined ? {} : { body: raw }),
  });
}

/** Sends a request as it is. */
export async function send(request: Request): Promise<TestAnswer> {
  return readAnswer(await exports.default.fetch(request));
}

export async function readAnswer(response: Response): Promise<TestAnswer> {
  const text = new TextDecoder().decode(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function bodyBytes(body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  return new Uint8Array(
    new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)),
  );
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

let counter = 0;

/** An id that no other test of any file has used. */
export function freshId(prefix = "ord"): string {
  counter += 1;
  return `${prefix}_${Date.now().toString(36)}_${crypto.randomUUID().slice(0, 8)}_${counter}`;
}

/** A body that initiate takes. */
export function initiateBody(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    merchantOrderId: freshId(),
    amount: 49_900,
    redirectUrl: "https://shop.example/return",
    ...more,
  };
}
