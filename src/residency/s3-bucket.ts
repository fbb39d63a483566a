/**
 * A bucket that speaks S3. Each call is signed over its body's hash (SigV4), and what was written is read back: only
 * when the store gives back the very bytes does a write count. That is the receipt.
 */
import { AwsV4Signer } from "aws4fetch";
import { sha256Hex, utf8 } from "#base";
import type { RecordBucket } from "./record-bucket.ts";
import type { ResidencySettings } from "./settings.ts";

interface S3Request {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface S3Ports {
  readonly nowMs: () => number;
  /** Rejects when there is no answer. All that rests is text. */
  readonly send: (
    request: S3Request,
  ) => Promise<{ readonly status: number; readonly text: string }>;
}

/** The part of the bucket whose names begin with `folder`. */
export function s3Bucket(
  settings: ResidencySettings,
  folder: string,
  ports: S3Ports,
): RecordBucket {
  const root = `${settings.endpoint}/${settings.bucket}`;
  const call = signedCalls(settings, ports);
  const urlOf = (name: string) => `${root}/${encodeName(folder + name)}`;

  async function read(name: string): Promise<string | undefined> {
    const { status, text } = await call({ method: "GET", url: urlOf(name), headers: {} });
    if (status === 404) return undefined;
    expectStatus(status, [200]);
    return text;
  }

  async function write(name: string, bytes: string | Uint8Array, headers = {}): Promise<number> {
    const body = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
    const { status } = await call({ method: "PUT", url: urlOf(name), headers, body });
    if (status === 200 && (await read(name)) !== body) {
      throw new Error("the bucket in India does not give back what was written");
    }
    return status;
  }

  return {
    async get(name) {
      const text = await read(name);
      return text === undefined ? undefined : utf8(text);
    },
    async put(name, body) {
      expectStatus(await write(name, body), [200]);
    },
    async putNew(name, body) {
      const status = await write(name, body, { "if-none-match": "*" });
      expectStatus(status, [200, 412]);
      return status === 200;
    },
    async remove(names) {
      for (const name of names) {
        const { status } = await call({ method: "DELETE", url: urlOf(name), headers: {} });
        expectStatus(status, [200, 204, 404]);
      }
    },
    async list(prefix, after) {
      const start = after === undefined ? {} : { "start-after": folder + after };
      const url = `${root}?${queryOf({ "list-type": "2", prefix: folder + prefix, ...start })}`;
      const { status, text } = await call({ method: "GET", url, headers: {} });
      expectStatus(status, [200]);
      return namesIn(text).map((name) => name.slice(folder.length));
    },
  };
}

/** Signs each request over its body's hash and sends it. */
function signedCalls(settings: ResidencySettings, { nowMs, send }: S3Ports): S3Ports["send"] {
  const keys = new Map<string, ArrayBuffer>();
  return async (request) => {
    const signer = new AwsV4Signer({
      ...settings,
      ...request,
      service: "s3",
      cache: keys,
      headers: {
        ...request.headers,
        "x-amz-content-sha256": await sha256Hex(request.body ?? ""),
      },
      datetime: new Date(nowMs()).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
    });
    const { headers } = await signer.sign();
    return send({ ...request, headers: Object.fromEntries(headers) });
  };
}

function expectStatus(status: number, good: readonly number[]): void {
  if (!good.includes(status)) throw new Error(`the bucket in India answered ${status}`);
}

function encodeName(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** A plus means a space to some, a plus to others. */
function queryOf(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString().replaceAll("+", "%20");
}

/** Names of ours need no escaping in XML: another one is not ours, and stops us. */
function namesIn(xml: string): string[] {
  return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name = ""]) => {
    if (!/^[\w./:+-]+$/.test(name)) throw new Error("the bucket in India holds a foreign name");
    return name;
  });
}
