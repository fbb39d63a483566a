/** Requests through the gateway's own public door: what every caller would be answered. */
import type { Verdict } from "./check.ts";

/** Sends a request to the gateway as somebody from outside would. */
export type Door = (request: Request) => Promise<Response>;

const BASE = "https://self-check.invalid";
/** Needs a signature, and is nobody's payment. */
const SIGNED_PATH = "/api/payments/status/self-check";

/** HDR-1: an answer and a refusal carry every header. */
export async function judgeHeaders(
  door: Door,
  expected: Readonly<Record<string, string>>,
): Promise<Verdict> {
  const answers = await Promise.all(
    ["/api/payments/health", SIGNED_PATH].map(async (path) => door(new Request(BASE + path))),
  );
  const wrong = Object.entries(expected)
    .filter(([name, value]) => answers.some(({ headers }) => headers.get(name) !== value))
    .map(([name]) => name);
  if (wrong.length > 0) return { ok: false, detail: `missing or changed: ${wrong.join(", ")}` };
  return { ok: true, detail: `${Object.keys(expected).length} headers on every answer` };
}

export interface Forgery {
  /** A key that works: its signature must be wrong, not its name. */
  readonly keyId: string;
  readonly nowMs: number;
  readonly nonce: string;
}

/** api.md 1: no signature and a forged one are refused. */
export async function judgeSignatures(door: Door, forgery: Forgery): Promise<Verdict> {
  const [unsigned, forged] = await Promise.all([
    door(new Request(BASE + SIGNED_PATH)),
    door(new Request(BASE + SIGNED_PATH, { headers: forgedHeaders(forgery) })),
  ]);
  const taken = [
    ...(unsigned.status === 401 ? [] : [`unsigned: ${unsigned.status}`]),
    ...(forged.status === 401 ? [] : [`forged: ${forged.status}`]),
  ];
  if (taken.length > 0) return { ok: false, detail: `not refused, ${taken.join(", ")}` };
  return { ok: true, detail: "unsigned and forged are refused" };
}

function forgedHeaders({ keyId, nowMs, nonce }: Forgery): Record<string, string> {
  const createdSec = Math.floor(nowMs / 1_000);
  const covered = '("@method" "@authority" "@path" "@query")';
  return {
    "signature-input": `sig1=${covered};created=${createdSec};nonce="${nonce}";keyid="${keyId}";alg="hmac-sha256"`,
    // 32 bytes of nothing.
    signature: `sig1=:${"A".repeat(43)}=:`,
  };
}
