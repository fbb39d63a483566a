/** The doctor's way out on an operator's machine: Node's fetch, with a size limit and the reason of a silence. */
import type { Answer, Ask, Silence } from "#ops";

const ANSWER_BYTES_MAX = 262_144;

/** Node's and OpenSSL's codes; a certificate's faults are many and are told by their names. */
const SILENCE_BY_CODE: ReadonlyMap<string, Silence> = new Map([
  ["ENOTFOUND", "name_unknown"],
  ["EAI_AGAIN", "name_unknown"],
  ["ECONNREFUSED", "refused"],
  ["UND_ERR_CONNECT_TIMEOUT", "timeout"],
  ["UND_ERR_HEADERS_TIMEOUT", "timeout"],
]);

export const askByFetch: Ask = async ({ url, timeoutMs, ...request }) => {
  try {
    const response = await fetch(url, {
      ...request,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return await readAnswer(response);
  } catch (error) {
    return { type: "no_answer", reason: silenceOf(error) };
  }
};

async function readAnswer(response: Response): Promise<Answer> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return { type: "no_answer", reason: "too_large" };
    text += decoder.decode(chunk, { stream: true });
  }
  const date = response.headers.get("date");
  return { type: "answer", status: response.status, text: text + decoder.decode(), date };
}

function silenceOf(error: unknown): Silence {
  if (!(error instanceof Error)) return "network";
  if (error.name === "TimeoutError") return "timeout";
  const code = codeOf(error.cause);
  if (/CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return "certificate";
  return SILENCE_BY_CODE.get(code) ?? "network";
}

function codeOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return "";
  return String(cause.code);
}
