import { unreachable } from "#base";
import { type ProblemCode, PROBLEMS } from "#problems";
import { headerRef, parameterRef } from "./common-parts.ts";
import type {
  ApiOperation,
  ApiResponse,
  Content,
  MediaType,
  Parameter,
  Reference,
  RequestBody,
  SecurityRequirement,
} from "./openapi-types.ts";
import type { AnswerDoc, Caller, ParameterDoc, RequestDoc, RouteDoc } from "./route-doc.ts";
import { inlineSchema, schemaRef } from "./schema-components.ts";

/** One operation of the document, from what is said about its route. */
export function operationDocument(doc: RouteDoc): ApiOperation {
  const signed = doc.caller.type === "signed";
  const parameters = parametersOf(doc);
  return {
    operationId: doc.operationId,
    tags: [doc.tag],
    summary: doc.summary,
    description: doc.description,
    security: securityOf(doc.caller),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(doc.request ? { requestBody: requestBodyOf(doc.request, signed) } : {}),
    responses: responsesOf(doc),
    ...(doc.caller.type === "signed" ? { "x-rate-class": doc.caller.rateClass } : {}),
  };
}

function securityOf(caller: Caller): SecurityRequirement[] {
  switch (caller.type) {
    case "signed":
      return [{ httpMessageSignature: [caller.scope] }];
    case "phonepe":
      return [{ phonepeHmac: [] }, { phonepeSha: [] }, { phonepeV1: [] }];
    case "provider":
      return [...securityOf({ type: "phonepe" }), { providerHmac: [] }];
    case "public":
      return [];
    default:
      return unreachable(caller);
  }
}

function parametersOf(doc: RouteDoc): (Parameter | Reference)[] {
  const own = (doc.parameters ?? []).map(parameterOf);
  if (doc.caller.type !== "signed") return own;
  return [
    ...own,
    ...(doc.idempotent ? [parameterRef("IdempotencyKey")] : []),
    parameterRef("SignatureInput"),
    ...(doc.request ? [parameterRef("ContentDigest")] : []),
  ];
}

function parameterOf({ schema, ...parameter }: ParameterDoc): Parameter {
  return { ...parameter, schema: inlineSchema(schema()) };
}

function requestBodyOf(request: RequestDoc, signed: boolean): RequestBody {
  const examples = Object.entries(request.examples).map(([name, value]) => [name, { value }]);
  const json: MediaType = {
    schema: schemaRef(request.schema),
    examples: Object.fromEntries(examples),
  };
  return { required: request.required, content: { "application/json": json, ...joseOf(signed) } };
}

function joseOf(signed: boolean): Content {
  return signed ? { "application/jose": { schema: schemaRef("EncryptedPayload") } } : {};
}

function responsesOf(doc: RouteDoc): Record<string, ApiResponse> {
  const signed = doc.caller.type === "signed";
  const headers = {
    "x-request-id": headerRef("RequestId"),
    ...(signed
      ? { "RateLimit-Policy": headerRef("RateLimitPolicy"), RateLimit: headerRef("RateLimit") }
      : {}),
  };
  const replayed = doc.idempotent
    ? { "Idempotency-Replayed": headerRef("IdempotencyReplayed") }
    : {};
  const answers = Object.entries(doc.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      headers: { ...headers, ...replayed },
      content: answerContent(answer, signed),
    },
  ]);
  const refusals = Object.entries(problemsByStatus(doc.problems)).map(([status, codes]) => [
    status,
    problemResponse(codes, { "x-request-id": headerRef("RequestId") }),
  ]);
  return Object.fromEntries([...answers, ...refusals]);
}

const PAGE: Content = { "text/html": { schema: { type: "string" } } };

function answerContent(answer: AnswerDoc, signed: boolean): Content {
  switch (answer.type) {
    case "json": {
      const json = { schema: schemaRef(answer.schema), example: answer.example };
      return { "application/json": json, ...joseOf(signed), ...(answer.alsoPage ? PAGE : {}) };
    }
    case "document":
      return { "application/json": { schema: { type: "object" } } };
    case "text":
      return { "text/plain": { schema: { type: "string" } } };
    case "page":
      return PAGE;
    default:
      return unreachable(answer);
  }
}

/** Repeats of these are timed. */
const WITH_RETRY_AFTER: readonly ProblemCode[] = [
  "rate_limited",
  "request_in_progress",
  "provider_unavailable",
];

function problemResponse(
  codes: readonly ProblemCode[],
  headers: Readonly<Record<string, Reference>>,
): ApiResponse {
  const waits = codes.some((code) => WITH_RETRY_AFTER.includes(code));
  const schema = {
    allOf: [
      schemaRef("Problem"),
      { type: "object" as const, properties: { code: { enum: [...codes] } } },
    ],
  };
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join(" "),
    headers: waits ? { ...headers, "Retry-After": headerRef("RetryAfter") } : headers,
    content: { "application/problem+json": { schema } },
  };
}

function problemsByStatus(codes: readonly ProblemCode[]): Record<string, ProblemCode[]> {
  const byStatus: Record<string, ProblemCode[]> = {};
  for (const code of codes) (byStatus[PROBLEMS[code].status] ??= []).push(code);
  return byStatus;
}
