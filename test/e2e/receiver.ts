/** A server that takes webhooks or notifications and keeps them. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { freePort } from "../dev/processes.ts";

export interface Received {
  readonly headers: Headers;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** All that has come, in order. */
  readonly received: readonly Received[];
  /** What it answers from now on; it keeps what it refuses, too. */
  answerWith(status: number): void;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void text(request)
      .then((body) => received.push({ headers: headersOf(request), body }))
      .finally(() => response.writeHead(status).end());
  });
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answerWith: (next) => {
      status = next;
    },
    close: () => server.close(),
  };
}

function headersOf({ headers }: IncomingMessage): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" ? [[name, value]] : [],
    ),
  );
}
