/**
 * Payload encryption for a client (api.md section 4). A call is encrypted once: all its tries send the same bytes,
 * signed anew. Only when the gateway no longer knows the key is it encrypted again, to a key fetched anew.
 */
import type { JWK } from "jose";
import { ProblemError } from "./errors.ts";
import { fetchedKeys, type GatewayKeys, type JwkSet, pinnedKeys } from "./gateway-keys.ts";
import { decryptWith, encryptTo, type GatewayKey, readOwnKey } from "./payload-jwe.ts";
import type { AnswerCheck } from "./read-answer.ts";
import { send, type Transport } from "./send.ts";
import type { RequestToSign } from "./sign-request.ts";

/** Settings of encryption. `{}` encrypts requests and leaves answers in the clear. */
export interface EncryptionOptions {
  /**
   * Your private key, EC P-256 or RSA: answers are asked for encrypted and opened with it. Its public half is
   * registered at the gateway. It never leaves this process.
   */
  readonly privateKey?: JWK;
  /** The gateway's public keys, if you would rather pin them than fetch them. Change them within 30 days of a rotation. */
  readonly jwks?: JwkSet;
}

/** How calls with a body are sent. */
export type SendBody = <T>(
  request: RequestToSign & { readonly body: string },
  isAnswer: AnswerCheck<T>,
) => Promise<T>;

/** A transport that asks for encrypted answers, where a private key was given. */
export function openingTransport(
  transport: Transport,
  { privateKey }: EncryptionOptions,
): Transport {
  if (privateKey === undefined) return transport;
  const own = readOwnKey(privateKey);
  if (own === undefined) {
    throw new TypeError("encryption.privateKey needs to be a private EC P-256 or RSA key.");
  }
  const openToken = (token: string) => decryptWith(own, token);
  return { ...transport, accept: "application/jose", openToken };
}

/** Sends bodies encrypted. `transport` carries them, `jwksUrl` names the gateway's keys. */
export function encryptingSender(
  transport: Transport,
  { jwks }: EncryptionOptions,
  jwksUrl: string,
): SendBody {
  const keys: GatewayKeys = jwks === undefined ? fetchedKeys(jwksUrl, transport) : pinnedKeys(jwks);
  return async (request, isAnswer) => {
    const sendTo = async (key: GatewayKey) =>
      send(await encrypted(request, key), transport, isAnswer);
    const key = await keys.current();
    try {
      return await sendTo(key);
    } catch (error) {
      const other = isKeyUnknown(error) ? await keys.otherThan(key) : undefined;
      if (other === undefined) throw error;
      return sendTo(other);
    }
  };
}

async function encrypted(request: RequestToSign & { readonly body: string }, key: GatewayKey) {
  const body = await encryptTo(key, request.body);
  return { ...request, body, contentType: "application/jose" };
}

function isKeyUnknown(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "jwe_invalid";
}
