/**
 * Takes persons and secrets out of text before it is kept (I10, PCI-3.4.1). The producers of events leave them out
 * already: this is the second line, so in doubt it masks. What it must leave readable are our ids, hashes and times.
 */
import type { AuditEvent } from "#base";
import { isSecretName, maskSecrets, MASKED } from "./mask-secrets.ts";
import { maskNumbers } from "./mask-numbers.ts";

type Details = AuditEvent["details"];
type Value = Details[string];

/** Deeper details are no details: they are dropped. */
const DEPTH_MAX = 8;

const EMAIL = /[\w.%+-]{1,64}(@|%40)((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})/g;
const VPA = /[\w.-]{1,256}(@|%40)([A-Za-z][A-Za-z0-9]{2,63})(?![\w.-]*\w)/g;
/** The fourth letter of an income tax number says what its holder is. */
const TAX_NUMBER =
  /(?<![A-Za-z0-9])(?:\d{2})?[A-Za-z]{3}[ABCFGHJLPTabcfghjlpt][A-Za-z]\d{4}[A-Za-z](?:[0-9A-Za-z][Zz][0-9A-Za-z])?(?![A-Za-z0-9])/g;
const ACCOUNT =
  /(account[_-]?(?:number|no)?(?:%22|\\?["'])?\s*(?:[:=]|%3A|%3D)\s*(?:%22|\\?["'])?)(\d{2,14})(?=\d{4}(?!\d))/gi;

/** A text without persons and secrets. Of numbers an end stays, of addresses what stands behind the `@`. */
export function maskText(text: string): string {
  const withoutSecrets = maskSecrets(text.toWellFormed())
    .replace(EMAIL, `${MASKED}$1$2`)
    .replace(VPA, `${MASKED}$1$2`)
    .replace(ACCOUNT, hideGroup)
    .replace(TAX_NUMBER, (number) => `${"*".repeat(number.length - 1)}${number.slice(-1)}`);
  return maskNumbers(withoutSecrets);
}

/** Of a name and the beginning of a number, the name. */
function hideGroup(_match: string, before: string, hidden: string): string {
  return before + "*".repeat(hidden.length);
}

/** An event as it may be kept: every text of it is masked, names within its details too. */
export function maskEvent(event: AuditEvent): AuditEvent {
  const { actor, object, requestId, details } = event;
  return {
    ...event,
    id: maskText(event.id),
    actor: { ...actor, id: maskText(actor.id) },
    object: { type: maskText(object.type), id: maskText(object.id) },
    requestId: requestId === null ? null : maskText(requestId),
    details: maskMembers(details, 1),
  };
}

/** Named values as they may be logged. */
export function maskFields(fields: Details): Details {
  return maskMembers(fields, 1);
}

function maskMembers(members: Details, depth: number): Details {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [
      maskText(name),
      isSecretName(name) ? MASKED : maskValue(value, name, depth),
    ]),
  );
}

function maskValue(value: Value, name: string, depth: number): Value {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return maskNumber(value, name);
  if (typeof value === "string") return maskNamed(value, name);
  if (depth >= DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => maskValue(item, name, depth + 1));
  return maskMembers(value, depth + 1);
}

/** A number stays a number, unless it is one that names somebody. */
function maskNumber(value: number, name: string): Value {
  const text = String(value);
  const masked = maskNamed(text, name);
  return masked === text ? value : masked;
}

/** With its name before it: an account's number is known by nothing else. */
function maskNamed(text: string, name: string): string {
  const isAccount = /account[_-]?(number|no)?$/i.test(name);
  return isAccount ? maskText(`${name}=${text}`).slice(name.length + 1) : maskText(text);
}
