/**
 * Looks at an operator's configuration, asks PhonePe and the gateway as little as proves it, and says in plain words
 * what is wrong and how to mend it (PP-01 to PP-06, PP-15). Moves no money and makes no order. Nothing secret is
 * sent over a connection that others can read, and nothing secret is said.
 */
import type { Directory, Merchant } from "#vault";
import { askGateway } from "./ask-gateway.ts";
import { askPhonePe } from "./ask-phonepe.ts";
import { judgeClock } from "./check-clock.ts";
import {
  judgeApiUrls,
  judgeEnvironment,
  judgeSideUrls,
  readVars,
  type Vars,
} from "./check-environment.ts";
import {
  judgeClientId,
  judgeClientVersion,
  judgeNotifyUrl,
  judgeSecretShape,
  judgeSharedCredentials,
  judgeWebhookLogin,
} from "./check-merchant.ts";
import { judgeBootstrap, judgeMasterKeys } from "./check-secrets.ts";
import { fail, type Finding, note, ofMerchant, warn } from "./finding.ts";
import { secretsIn, withoutSecrets } from "./mask.ts";
import { placeOf } from "./phonepe-place.ts";
import { type DoctorPorts, makeSession, type Session } from "./session.ts";

export interface DoctorInput {
  /** The plain variables of the chosen environment, not yet checked. */
  readonly vars: Readonly<Record<string, unknown>>;
  readonly masterKeys?: string | undefined;
  readonly bootstrap?: string | undefined;
  /** Only this merchant; absent means all. */
  readonly merchantId?: string | undefined;
  /** The gateway's origin; absent means that it is not asked. */
  readonly gatewayUrl?: string | undefined;
}

export async function runDoctor(ports: DoctorPorts, input: DoctorInput): Promise<Finding[]> {
  const secrets = [...secretsIn(input.bootstrap), ...secretsIn(input.masterKeys)];
  const findings = await examine(makeSession(ports), input);
  return findings.map((finding) => withoutSecrets(finding, secrets));
}

async function examine(session: Session, input: DoctorInput): Promise<Finding[]> {
  const bootstrap = judgeBootstrap(input.bootstrap);
  const findings = [judgeMasterKeys(input.masterKeys), bootstrap.finding];
  const read = readVars(input.vars);
  if (!read.ok) return [...findings, read.refusal];
  const vars = read.value;
  findings.push(judgeEnvironment(vars), ...judgeApiUrls(vars), ...judgeSideUrls(vars));
  const { merchants, finding } = chosen(bootstrap.directory, input.merchantId);
  if (finding) findings.push(finding);
  for (const merchant of merchants)
    findings.push(...(await examineMerchant(session, vars, merchant)));
  findings.push(...(await askGateway(session, { vars, merchants, url: input.gatewayUrl })));
  return [...findings, judgeClock(session.clockSamples()), NOT_CHECKABLE];
}

function chosen(
  directory: Directory | undefined,
  merchantId: string | undefined,
): { readonly merchants: readonly Merchant[]; readonly finding?: Finding } {
  if (!directory) return { merchants: [] };
  const all = [...directory.merchants.values()];
  if (merchantId === undefined) return { merchants: all, finding: judgeSharedCredentials(all) };
  const merchants = all.filter(({ id }) => id === merchantId);
  if (merchants.length > 0) return { merchants };
  return {
    merchants,
    finding: fail("--merchant", "BOOTSTRAP names no such merchant.", "check the spelling."),
  };
}

async function examineMerchant(
  session: Session,
  vars: Vars,
  merchant: Merchant,
): Promise<Finding[]> {
  const { phonepe } = merchant;
  const { isAllowedUrl } = session.ports;
  const notify = judgeNotifyUrl(merchant, { policy: vars.ENVIRONMENT, isAllowedUrl });
  if (!phonepe) {
    const none = warn("phonepe", "no credentials: it cannot take payments.", "add phonepe to it.");
    return ofMerchant(merchant.id, [none, notify]);
  }
  const { kind } = placeOf(vars.PHONEPE_OAUTH_URL);
  return ofMerchant(merchant.id, [
    judgeClientId(phonepe, kind),
    judgeSecretShape(phonepe),
    judgeClientVersion(phonepe, kind),
    ...(await askPhonePe(session, vars, phonepe)),
    judgeWebhookLogin(phonepe),
    notify,
  ]);
}

const NOT_CHECKABLE = note(
  "not checkable from here",
  "whether PhonePe's webhook addresses get through, which events are ticked at PhonePe, and whether its auth type there is SHA or HMAC.",
);
