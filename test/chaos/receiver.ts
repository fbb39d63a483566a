/** The merchants' servers: they take notifications and check their signatures. */
import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { freePort } from "../dev/processes.ts";

export interface Notification {
  readonly id: string;
  readonly type: string;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** What has been taken in for a merchant, each delivery once. */
  of(merchantId: string): readonly Notification[];
  /** The merchant's server refuses its next so many deliveries. */
  refuseNext(merchantId: string, times: number): void;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const port = await freePort();
  const taken = new Map<string, Notification[]>();
  const refusals = new Map<string, number>();
  const server = createServer((request, response) => {
    void take(request).then((status) => response.writeHead(status).end());
  }).listen(port, "127.0.0.1");

  async function take(request: IncomingMessage): Promise<number> {
    const merchantId = (request.url ?? "").slice(1);
    const body = await text(request);
    const left = refusals.get(merchantId) ?? 0;
    if (left > 0) {
      refusals.set(merchantId, left - 1);
      return 503;
    }
    const { type } = JSON.parse(body);
    const id = String(request.headers["webhook-id"]);
    taken.set(merchantId, [...(taken.get(merchantId) ?? []), { id, type, body }]);
    return 200;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    of: (merchantId) => taken.get(merchantId) ?? [],
    refuseNext: (merchantId, times) => {
      refusals.set(merchantId, times);
    },
    close: () => server.close(),
  };
}
