/**
 * The text that is signed (RFC 9421 2.5; rules SIG-1 to SIG-4). Pure. It trusts that no header value
 * holds a line break, which would forge a line: `fetch` refuses to send such a value.
 */

/** What a signature can cover. `headers` has lower-case names and final values, as they are sent. */
export interface SignableMessage {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The value of one covered component, spelled as RFC 9421 2.2 and 2.1 ask. URL parts are what
 * `new URL()` gives: host in lower case, default port gone, dot segments resolved (SIG-17).
 *
 * @throws {TypeError} for a component that the message does not have (SIG-5: an error, not a guess)
 */
export function componentValue(message: SignableMessage, name: string): string {
  switch (name) {
    case "@method":
      return message.method;
    case "@authority":
      return message.url.host;
    case "@path":
      return message.url.pathname;
    case "@query":
      return message.url.search === "" ? "?" : message.url.search;
    default: {
      const value = Object.hasOwn(message.headers, name) ? message.headers[name] : undefined;
      if (value === undefined) throw new TypeError(`There is no ${name} to sign.`);
      return value.trim();
    }
  }
}

/**
 * One line per component in the order given, then `@signature-params`; no line feed at the end.
 *
 * @param parameters the inner list with its parameters, exactly as `Signature-Input` carries it (SIG-2)
 */
export function signatureBase(
  message: SignableMessage,
  components: readonly string[],
  parameters: string,
): string {
  const lines = components.map((name) => `"${name}": ${componentValue(message, name)}`);
  return [...lines, `"@signature-params": ${parameters}`].join("\n");
}
