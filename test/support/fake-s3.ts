/**
 * A store that speaks as much S3 as the gateway does, in memory. It takes a request only when its signature is right,
 * computed anew from AWS's description of Signature Version 4.
 */
import { sha256Hex, toHex, utf8 } from "#base";

export interface FakeS3 {
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly location: string;
  };
  readonly files: Map<string, string>;
  readonly fetch: (request: Request) => Promise<Response>;
}

const PAGE_NAMES = 3;

export function fakeS3(endpoint = "http://127.0.0.1:9"): FakeS3 {
  const settings = {
    endpoint,
    region: "ap-south-1",
    bucket: "records",
    accessKeyId: "AKIAFAKE",
    secretAccessKey: "a-secret-of-the-store",
    location: "Mumbai, India",
  };
  const files = new Map<string, string>();

  async function take(request: Request): Promise<Response> {
    const body = await request.text();
    const { pathname, searchParams } = new URL(request.url);
    if (!(await isSigned(request, body, settings))) return new Response("", { status: 403 });
    const [, bucket, ...rest] = pathname.split("/");
    if (bucket !== settings.bucket) return new Response("", { status: 404 });
    const name = decodeURIComponent(rest.join("/"));
    if (request.method === "GET" && name === "") return list(searchParams);
    return file(request, name, body);
  }

  function file({ method, headers }: Request, name: string, body: string): Response {
    const known = files.get(name);
    if (method === "GET")
      return new Response(known ?? "", { status: known === undefined ? 404 : 200 });
    if (method === "DELETE") {
      files.delete(name);
      return new Response(null, { status: 204 });
    }
    const isTaken = known !== undefined && headers.get("if-none-match") === "*";
    if (!isTaken) files.set(name, body);
    return new Response("", { status: isTaken ? 412 : 200 });
  }

  function list(query: URLSearchParams): Response {
    const prefix = query.get("prefix") ?? "";
    const after = query.get("start-after") ?? "";
    const names = [...files.keys()].filter((name) => name.startsWith(prefix) && name > after);
    const page = names.toSorted().slice(0, PAGE_NAMES);
    const keys = page.map((name) => `<Contents><Key>${name}</Key></Contents>`).join("");
    return new Response(`<?xml version="1.0"?><ListBucketResult>${keys}</ListBucketResult>`);
  }

  return { settings, files, fetch: take };
}

async function isSigned(
  request: Request,
  body: string,
  { region, accessKeyId, secretAccessKey }: FakeS3["settings"],
): Promise<boolean> {
  const authorization = request.headers.get("authorization") ?? "";
  const [, names = "", signature] =
    /SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(authorization) ?? [];
  const { host, pathname, searchParams } = new URL(request.url);
  const bodyHash = await sha256Hex(body);
  const mustSign = ["host", "x-amz-content-sha256", "x-amz-date"];
  if (!mustSign.every((name) => names.split(";").includes(name))) return false;
  if (request.headers.get("x-amz-content-sha256") !== bodyHash) return false;
  const headers = names
    .split(";")
    .map((name) => `${name}:${name === "host" ? host : request.headers.get(name)}\n`);
  const query = [...searchParams]
    .map((pair) => pair.map(encodeURIComponent).join("="))
    .toSorted()
    .join("&");
  const canonical = [request.method, pathname, query, headers.join(""), names, bodyHash].join("\n");
  const time = request.headers.get("x-amz-date") ?? "";
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  if (!authorization.includes(`Credential=${accessKeyId}/${scope},`)) return false;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, await sha256Hex(canonical)].join("\n");
  let key = utf8(`AWS4${secretAccessKey}`);
  for (const part of scope.split("/")) key = await hmac(key, part);
  return toHex(await hmac(key, toSign)) === signature;
}

async function hmac(
  secret: Uint8Array<ArrayBuffer>,
  text: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8(text)));
}
