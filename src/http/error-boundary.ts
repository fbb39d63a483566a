import { Problem, problemBody, PROBLEMS } from "#problems";
import type { HttpDeps } from "./deps.ts";
import type { AppContext } from "./operation.ts";

/** The only place where an error becomes an answer (style.md 5). What is not a `Problem` is a bare 500. Each is counted. */
export function errorAnswer(error: Error, c: AppContext, deps: HttpDeps): Response {
  const problem = error instanceof Problem ? error : new Problem("internal_error");
  const requestId = c.get("requestId");
  const merchantId = c.get("signer")?.apiKey.merchant.id ?? c.get("merchantNamed");
  deps.refusals.note(problem.code, c.get("afterAnswer"), merchantId);
  if (problem !== error) {
    deps.log("error", "unexpected error", { requestId, error: error.name, detail: error.message });
  } else if (problem.options.internal) {
    deps.log("warn", problem.code, { requestId, internal: problem.options.internal });
  }
  const { origin, pathname } = new URL(c.req.url);
  const body = problemBody(problem, { baseUrl: origin, instance: pathname, requestId });
  return new Response(body, {
    status: PROBLEMS[problem.code].status,
    headers: { "content-type": "application/problem+json", ...problem.options.headers },
  });
}
