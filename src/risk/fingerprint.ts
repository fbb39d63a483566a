import type { ConnectionSignals } from "./connection-signals.ts";
import { userAgentFamily } from "./user-agent.ts";

/** What the merchant saw of the payer's device; each signal may be absent. */
export interface DeviceSignals {
  readonly id?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly userAgent?: string | undefined;
}

/**
 * The text whose keyed hash is the payment's fingerprint; it is hashed at once and kept nowhere. The caller is mostly the
 * merchant's server, whose connection says nothing of the payer and changes with every new server: with marks of the
 * device only these count. Without any, and when the payer's own browser calls, the connection counts as well.
 */
export function fingerprintText(
  merchantId: string,
  device: DeviceSignals,
  connection: ConnectionSignals,
): string {
  const marks = [device.id, device.fingerprint, userAgentFamily(device.userAgent ?? "")];
  const hasMark = marks.some((mark) => mark !== undefined && mark !== "");
  const counts = connection.fromBrowser || !hasMark;
  return JSON.stringify([
    merchantId,
    marks.map((mark) => mark ?? ""),
    counts ? connectionMarks(connection) : [],
  ]);
}

/** In an order of its own, so that a new signal is a decision: it changes every fingerprint. */
function connectionMarks(connection: ConnectionSignals): readonly unknown[] {
  const { asn, oldTls, cipher, ja4Ciphers, headerNames } = connection;
  const { userAgent, brands, platform, mobile, language } = connection;
  return [
    [asn, oldTls, cipher, ja4Ciphers],
    headerNames,
    [userAgent, brands, platform, mobile, language],
  ];
}
