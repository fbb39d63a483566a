import { type ProblemCode, PROBLEMS } from "./catalogue.ts";

/** One invalid place in a body: a JSON pointer (RFC 6901), a stable code, and words for a person. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export interface ProblemOptions {
  /** Helps the caller to mend the request; never a secret or a provider's text (PRB-3). */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The request id of the first answer, when this one repeats it byte for byte (IDM-4). */
  readonly firstRequestId?: string;
  /** Goes to the log only. */
  readonly internal?: string;
  readonly cause?: unknown;
}

/** An answer to the client, thrown anywhere behind the error boundary and rendered there (api.md 2). */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(code, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

export interface ProblemPlace {
  /** Scheme and host of this gateway; `type` hangs off it. */
  readonly baseUrl: string;
  /** The path that was asked for. */
  readonly instance: string;
  readonly requestId: string;
}

/** The problem document of RFC 9457 as bytes to send. The same inputs give the same bytes (IDM-4). */
export function problemBody(problem: Problem, place: ProblemPlace): string {
  const row = PROBLEMS[problem.code];
  return JSON.stringify({
    type: `${place.baseUrl}/problems/${problem.code}`,
    title: row.title,
    status: row.status,
    detail: problem.options.detail ?? row.title,
    instance: place.instance,
    code: problem.code,
    requestId: problem.options.firstRequestId ?? place.requestId,
    ...(problem.options.errors ? { errors: problem.options.errors } : {}),
  });
}
