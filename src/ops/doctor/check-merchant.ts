/** What can be judged of a merchant's entry in BOOTSTRAP without asking anybody. */
import type { Merchant, PhonePeCredentials } from "#vault";
import { fail, type Finding, ok, warn } from "./finding.ts";
import { maskId } from "./mask.ts";
import type { PlaceKind } from "./phonepe-place.ts";

export type AddressPolicy = "development" | "production";
/** Where the gateway may send to (API-7); the rule is the gateway's own and comes from outside. */
export type IsAllowedUrl = (url: string, policy: AddressPolicy) => boolean;

const COPY = "copy it again from PhonePe's dashboard, Developer Settings";

/** Version 1 keys used as a version 2 client, and slips of copying (PP-01). */
export function judgeSecretShape(credentials: PhonePeCredentials): Finding {
  const check = "clientSecret";
  const { clientId, clientSecret, saltKey } = credentials;
  if (clientSecret === saltKey || /###\d+$/.test(clientSecret)) {
    return fail(
      check,
      "it is a version 1 salt key, which version 2 does not take.",
      `${COPY}: version 2 has a client id, a client secret and a client version.`,
    );
  }
  if (clientId !== clientId.trim() || clientSecret !== clientSecret.trim()) {
    return fail(check, "client id or secret begins or ends with a blank.", `${COPY}, without it.`);
  }
  return ok(check, "neither a version 1 salt key nor a slip of copying.");
}

/** PhonePe's sandbox ids say so in their names (contract.md 2.1; PP-02). */
export function judgeClientId({ clientId }: PhonePeCredentials, kind: PlaceKind): Finding {
  const check = "clientId";
  const ofSandbox = /UAT|TEST/i.test(clientId);
  if (kind === "production" && ofSandbox) {
    return warn(
      check,
      `${maskId(clientId)} looks like a sandbox id, and production is asked.`,
      "take id, secret and version from the dashboard with Test Mode off.",
    );
  }
  if (kind === "sandbox" && !ofSandbox) {
    return warn(
      check,
      `${maskId(clientId)} looks like a production id, and the sandbox is asked.`,
      "take id, secret and version from the dashboard with Test Mode on.",
    );
  }
  return ok(check, `${maskId(clientId)}.`);
}

/** The sandbox's version is 1; production's comes with the credentials and is often left at 1 (PP-02). */
export function judgeClientVersion(
  { clientVersion }: PhonePeCredentials,
  kind: PlaceKind,
): Finding {
  const check = "clientVersion";
  if (kind === "production" && clientVersion === 1) {
    return warn(
      check,
      "1 in production, as in the sandbox.",
      "compare it with the version that PhonePe gave with the production credentials.",
    );
  }
  if ((kind === "sandbox" || kind === "local") && clientVersion !== 1) {
    return warn(check, `${clientVersion}, but the sandbox's is 1.`, "set clientVersion to 1.");
  }
  return ok(check, `${clientVersion}.`);
}

/** What PhonePe's dashboard takes (contract.md 6.1): a webhook with another login cannot have been created. */
export function judgeWebhookLogin(credentials: PhonePeCredentials): Finding {
  const check = "webhook login";
  const { webhookUsername, webhookPassword } = credentials;
  if (!/^[A-Za-z0-9_]{5,20}$/.test(webhookUsername)) {
    return fail(
      check,
      "webhookUsername is not 5 to 20 letters, digits or underscores.",
      "PhonePe takes no other: write the one that stands at PhonePe, or make a new webhook there.",
    );
  }
  const long = webhookPassword.length >= 8 && webhookPassword.length <= 20;
  if (!long || !/[A-Za-z]/.test(webhookPassword) || !/[0-9]/.test(webhookPassword)) {
    return fail(
      check,
      "webhookPassword is not 8 to 20 characters with letters and digits.",
      "PhonePe takes no other; a password cannot be changed there, so make a new webhook.",
    );
  }
  return ok(check, "username and password are such as PhonePe takes.");
}

export interface NotifyRules {
  readonly policy: AddressPolicy;
  readonly isAllowedUrl: IsAllowedUrl;
}

/** Where the merchant is told (api.md 6, WHK-9). */
export function judgeNotifyUrl(
  { notifyUrl, notifySecret }: Merchant,
  { policy, isAllowedUrl }: NotifyRules,
): Finding {
  const check = "notifyUrl";
  if (!notifyUrl && !notifySecret) return ok(check, "none: the merchant is told nothing and asks.");
  if (!notifyUrl || !notifySecret) {
    const [there, missing] = notifyUrl ? ["URL", "notifySecret"] : ["secret", "notifyUrl"];
    return fail(check, `a ${there} alone: nothing is sent.`, `add ${missing}, or remove both.`);
  }
  if (!isAllowedUrl(notifyUrl, policy)) {
    return fail(
      check,
      `not allowed in ${policy}: nothing is sent there.`,
      "use https, port 443 or 8443, a public host, and no user name in it.",
    );
  }
  return ok(check, `allowed in ${policy}.`);
}

/** Two merchants with one login: a webhook without a merchant in its path goes to the first of them (api.md 5). */
export function judgeSharedCredentials(merchants: readonly Merchant[]): Finding {
  const check = "shared credentials";
  const withPhonePe = merchants.flatMap(({ id, phonepe }) => (phonepe ? [{ id, phonepe }] : []));
  const clients = sharedBy(withPhonePe.map(({ id, phonepe }) => [id, phonepe.clientId]));
  const logins = sharedBy(
    withPhonePe.map(({ id, phonepe }) => [
      id,
      `${phonepe.webhookUsername}:${phonepe.webhookPassword}`,
    ]),
  );
  if (clients.length > 0) {
    return warn(
      check,
      `${clients.join(", ")} have one clientId: PhonePe takes them for one merchant.`,
      "give each merchant the credentials of its own PhonePe account.",
    );
  }
  if (logins.length > 0) {
    return warn(
      check,
      `${logins.join(", ")} have one webhook login: it does not tell them apart.`,
      "give each its own, or put the merchant's id behind the webhook URL at PhonePe.",
    );
  }
  return ok(check, "no two merchants share a PhonePe client or a webhook login.");
}

function sharedBy(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs
    .filter(([, value]) => pairs.filter(([, other]) => other === value).length > 1)
    .map(([id]) => id);
}
