import type { Fault } from "../books/faults.ts";

/** What a provider answers in its own form, where a fault is one that it has words for. */
export type FaultWords = Readonly<{
  unauthorized: () => Response;
  tooMany: (retryAfterSec: number) => Response;
  internal: () => Response;
}>;

/** Lets a fault strike around an endpoint's work, if there is one (EM-13). */
export async function strike(
  fault: Fault | undefined,
  words: FaultWords,
  work: () => Promise<Response>,
): Promise<Response> {
  if (fault === undefined) return work();
  switch (fault.kind) {
    case "revoke":
      return work();
    case "malformed":
      return malformed(await work());
    case "drip":
      return drip(await work(), fault.delayMs);
    case "big-after":
      return big(await work());
    case "unknown-fields":
      return withFields(await work(), { futureField: { a: [1, null] }, state: "SOME_NEW_STATE" });
    case "expires-now":
      return withFields(await work(), { expires_at: Math.floor(Date.now() / 1000) });
    case "delay":
      await scheduler.wait(fault.delayMs);
      return work();
    case "timeout-before":
      await scheduler.wait(fault.delayMs);
      return plain(504, "");
    case "truncated":
      return cut(await work(), 0.5);
    case "empty":
      return cut(await work(), 0);
    case "401":
      return words.unauthorized();
    case "429":
      return words.tooMany(fault.retryAfterSec);
    case "500":
    case "503":
    case "html":
    case "reset":
    case "redirect":
      return spoilt(fault, words);
    default: {
      const answer = await work();
      await answer.body?.cancel();
      return spoiltAfter(fault, words);
    }
  }
}

async function spoiltAfter(fault: Fault, words: FaultWords): Promise<Response> {
  if (fault.kind === "timeout-after") {
    await scheduler.wait(fault.delayMs);
    return plain(504, "");
  }
  return spoilt(fault, words);
}

function spoilt({ kind, retryAfterSec }: Fault, words: FaultWords): Response {
  if (kind.startsWith("500")) return words.internal();
  if (kind.startsWith("503")) {
    const headers = { "content-type": "text/plain", "retry-after": String(retryAfterSec) };
    return new Response("R999", { status: 503, headers });
  }
  if (kind === "redirect") return Response.redirect("http://127.0.0.1:9/elsewhere", 302);
  if (kind.startsWith("html")) return html();
  return brokenStream();
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain" } });
}

function html(): Response {
  return new Response(
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    { status: 502, headers: { "content-type": "text/html" } },
  );
}

async function cut(response: Response, share: number): Promise<Response> {
  const text = await response.text();
  return new Response(text.slice(0, Math.floor(text.length * share)), {
    status: response.status,
    headers: { "content-type": "application/json" },
  });
}

/**
 * The nearest thing to a connection reset that a Worker can do: the headers go out, then the body breaks off with an error.
 * A client sees a 200 whose body never ends properly.
 */
function brokenStream(): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"'));
    },
    async pull(controller) {
      await scheduler.wait(20);
      controller.error(new Error("connection reset by the sandbox"));
    },
  });
  return new Response(body, { status: 200, headers: { "content-type": "application/json" } });
}

/** JSON that stops being JSON after its first member. */
async function malformed(response: Response): Promise<Response> {
  const text = await response.text();
  const init = { status: response.status, headers: { "content-type": "application/json" } };
  return new Response(text.replace(",", ",,"), init);
}

async function withFields(response: Response, fields: object): Promise<Response> {
  const answer: unknown = JSON.parse(await response.text());
  return Response.json({ ...(typeof answer === "object" ? answer : {}), ...fields }, response);
}

const BIG_BYTES = 10_000_000;

/** The answer with 10 MB of spaces behind it. */
async function big(response: Response): Promise<Response> {
  const text = await response.text();
  const init = { status: response.status, headers: { "content-type": "application/json" } };
  return new Response(text + " ".repeat(BIG_BYTES), init);
}

const DRIPS = 20;

/** The right answer, a twentieth at a time. */
async function drip(response: Response, overMs: number): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const share = Math.ceil(bytes.length / DRIPS);
  let at = 0;
  const body = new ReadableStream({
    async pull(controller) {
      await scheduler.wait(overMs / DRIPS);
      controller.enqueue(bytes.slice(at, at + share));
      at += share;
      if (at >= bytes.length) controller.close();
    },
  });
  return new Response(body, {
    status: response.status,
    headers: { "content-type": "application/json" },
  });
}
