/** OWASP ASVS 5.0 (single requirements, not whole chapters) and the API Security Top 10 of 2023. */
import { type Control, control, type Framework, looks, people, written } from "./control.ts";

const API_TOP_10: readonly Control[] = [
  control("api1", "Objects: a merchant reaches its own alone", written("architecture")),
  control("api2", "Authentication", looks(["signatures_required", "operators_mfa"])),
  control("api3", "Properties: only listed fields go in and out", written("openapi")),
  control("api4", "Resources: everything has a limit", written("openapi", "degradation")),
  control(
    "api5",
    "Functions: every route has a scope",
    looks(["signatures_required"], ["openapi"]),
  ),
  control("api6", "Business flows: floods and testing of cards", looks(["risk_profiles"])),
  control("api7", "Requests of the server to addresses of others", written("notifications")),
  control("api8", "Configuration: headers, errors, no debug routes", looks(["secure_headers"])),
  control("api9", "Inventory: the document equals the router", written("openapi")),
  control("api10", "Providers are not trusted either", written("providers")),
];

const ASVS: readonly Control[] = [
  control(
    "asvs-2.2.1",
    "V2: input is checked against a list of what is allowed",
    written("openapi"),
  ),
  control("asvs-2.3.3", "V2: a step happens wholly or not at all", written("reliability")),
  control("asvs-2.4.1", "V2: automation is limited", looks(["risk_profiles"])),
  control("asvs-3.4.1", "V3: pages and answers force HTTPS by header", looks(["secure_headers"])),
  control("asvs-4.1.5", "V4: messages are signed", looks(["signatures_required"])),
  control(
    "asvs-5.2.1",
    "V5: uploaded files are limited",
    people("The gateway takes no files; a reviewer confirms that the chapter does not apply."),
  ),
  control("asvs-6.3.3", "V6: a second factor", looks(["operators_mfa"])),
  control(
    "asvs-7.3.1",
    "V7: idle sessions end",
    people("No look of this report opens a session and waits."),
  ),
  control("asvs-8.2.1", "V8: functions need a right", looks(["signatures_required"], ["apiKeys"])),
  control("asvs-8.4.1", "V8: tenants are apart", written("architecture")),
  control("asvs-9.1.1", "V9: tokens are verified before use", looks(["signatures_required"])),
  control(
    "asvs-10.4.1",
    "V10: an authorisation server's redirects",
    people("The gateway is no authorisation server; a reviewer confirms that it does not apply."),
  ),
  control("asvs-11.1.1", "V11: a policy for keys", looks(["keys_due"], ["keys"])),
  control("asvs-11.1.2", "V11: an inventory of cryptography", looks(["key_ages"])),
  control(
    "asvs-12.2.1",
    "V12: TLS everywhere",
    people("The lowest TLS version is a setting of the platform's zone, which is not read here."),
  ),
  control("asvs-13.3.1", "V13: secrets lie in the platform's store", written("deploy")),
  control(
    "asvs-14.2.1",
    "V14: nothing sensitive in URLs",
    people("Ids of payers stand in the path of two calls: merchants choose ids that say nothing."),
  ),
  control("asvs-14.3.2", "V14: answers are not cached", looks(["secure_headers"])),
  control(
    "asvs-15.2.1",
    "V15: components are patched in time",
    people("No look of this report matches the deployed bundle with advisories."),
  ),
  control("asvs-15.3.3", "V15: unknown fields are refused", written("openapi")),
  control("asvs-16.2.1", "V16: entries say who, what, when", looks(["audit_chain"], ["audit"])),
  control("asvs-16.2.5", "V16: what is logged is masked", looks(["masking"])),
  control("asvs-16.4.2", "V16: logs cannot be altered", looks(["audit_chain", "audit_sealing"])),
  control("asvs-16.4.3", "V16: logs are kept elsewhere too", looks(["audit_sealing"])),
  control(
    "asvs-17.1.1",
    "V17: WebRTC",
    people("The gateway has no media; a reviewer confirms that the chapter does not apply."),
  ),
];

export const OWASP: Framework = {
  title: "OWASP ASVS 5.0 and API Security Top 10",
  whole: "345 requirements of ASVS in 17 chapters (253 on levels 1 and 2), and 10 risks",
  controls: [...API_TOP_10, ...ASVS],
};
