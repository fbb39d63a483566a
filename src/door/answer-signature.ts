/**
 * Signed answers, for callers who ask by `Accept-Signature` (RFC 9421 5, RFC 9530). The signature covers the answer's
 * status, media type and digest, and the request's own signature: no answer can be replayed for another request. It
 * is made with the day's key of the API key that signed the request (DAY-1). Requests cover `@method`, which an
 * answer does not have, and answers cover `@status`, which a request does not have: neither can pass for the other.
 * What is asked is a hint: what makes no sense, or cannot be met, leaves the answer unsigned and never fails it.
 */
import { createSignature, type Signer } from "http-message-sig";
import { sha256, toBase64 } from "#base";
import { dailyAnswerKey } from "#vault";
import { type Component, firstWish, identityOf } from "./accept-signature.ts";
import type { SignedRequest } from "./signature-policy.ts";

const ALGORITHM = "hmac-sha256";
/** As long as a request's signature is fresh (SIG-9). */
const LIFE_SEC = 300;
const REQUEST_PARTS = ["@method", "@authority", "@path", "@query"];
const REQUEST_FIELDS = ["content-digest", "idempotency-key"];
const ANSWER_FIELDS = ["content-type", "x-request-id", "idempotency-replayed"];
/** A value beyond it cannot stand in a signature base (RFC 9421 2.1): such a field is not offered. */
const FIELD_TEXT = /^[\t\x20-\x7e]*$/;

/** An answer as it will be sent; its body is encrypted already, if it is to be. */
export interface AnswerToSign {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface AnswerSigning {
  /** Who signed the request. */
  readonly signer: Pick<SignedRequest, "apiKey" | "label">;
  readonly nowSec: number;
}

/**
 * The headers to add to an answer: `content-digest`, `signature-input` and `signature`, or none. The first member of
 * `Accept-Signature` that can be met gives the label and the covered components. Covered besides, where not asked:
 * `@status`, `content-type`, `content-digest` and the request's signature. RFC 9421 5.2 wants the set that was
 * asked and no other, but a signature over less would vouch for nothing. HEAD has no content to digest: unsigned.
 */
export async function signAnswer(
  answer: AnswerToSign,
  request: Request,
  { signer, nowSec }: AnswerSigning,
): Promise<Readonly<Record<string, string>>> {
  const wishes = request.headers.get("accept-signature");
  if (wishes === null || request.method === "HEAD") return {};
  const digest = `sha-256=:${toBase64(await sha256(answer.body))}:`;
  const message = messageOf(answer, request, digest);
  const always = alwaysCovered(signer.label);
  const components = [...always, ...coverable(message)];
  const wish = firstWish(wishes, { components, keyId: signer.apiKey.id, algorithm: ALGORITHM });
  if (!wish || !message.fields.some(({ name }) => name === "content-type")) return {};
  const asked = new Set(wish.components.map(identityOf));
  const made = await createSignature(message, {
    label: wish.label,
    components: [...wish.components, ...always.filter((one) => !asked.has(identityOf(one)))],
    parameters: {
      created: nowSec,
      ...(wish.expires ? { expires: nowSec + LIFE_SEC } : {}),
      keyid: signer.apiKey.id,
      alg: ALGORITHM,
      ...wish.echo,
    },
    signer: signerOf(await dailyAnswerKey(signer.apiKey, nowSec)),
  });
  return {
    "content-digest": digest,
    "signature-input": made.signatureInput,
    signature: made.signature,
  };
}

function signerOf(key: CryptoKey): Signer {
  return {
    algorithm: ALGORITHM,
    sign: async (base) =>
      new Uint8Array(await crypto.subtle.sign("HMAC", key, new Uint8Array(base))),
  };
}

function plain(name: string): Component {
  return { name, parameters: {} };
}

function ofRequest(name: string): Component {
  return { name, parameters: { req: true } };
}

function alwaysCovered(requestLabel: string): Component[] {
  return [
    ...["@status", "content-type", "content-digest"].map(plain),
    { name: "signature", parameters: { req: true, key: requestLabel } },
  ];
}

/** What may be asked of this answer and its request, beside what is covered always. */
function coverable({ fields, request }: ReturnType<typeof messageOf>): Component[] {
  const names = request.fields.map(({ name }) => name).filter((name) => name !== "signature");
  return [...fields.map(({ name }) => plain(name)), ...[...REQUEST_PARTS, ...names].map(ofRequest)];
}

/** The answer beside its request, with the fields that can be covered and no others. */
function messageOf({ status, headers }: AnswerToSign, request: Request, digest: string) {
  return {
    kind: "response",
    status,
    fields: [...fieldsOf(headers, ANSWER_FIELDS), { name: "content-digest", value: digest }],
    request: {
      kind: "request",
      method: request.method,
      targetUri: request.url,
      fields: fieldsOf(request.headers, [...REQUEST_FIELDS, "signature"]),
    },
  } as const;
}

function fieldsOf(headers: Headers, names: readonly string[]): { name: string; value: string }[] {
  return names.flatMap((name) => {
    const value = headers.get(name);
    return value !== null && FIELD_TEXT.test(value) ? [{ name, value }] : [];
  });
}
