/** What the merchant saw of the payer's device; each signal may be absent. */
export interface DeviceSignals {
  readonly id?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly userAgent?: string | undefined;
}

/**
 * The text whose keyed hash is the payment's fingerprint: the device's own marks, and its user agent without
 * version numbers, so that an update of the browser changes nothing. The payer's address is left out: it
 * changes with every mobile cell.
 */
export function fingerprintText(merchantId: string, device: DeviceSignals): string {
  const family = device.userAgent?.replaceAll(/[0-9]+([._][0-9]+)*/g, "#") ?? "";
  return JSON.stringify([merchantId, device.id ?? "", device.fingerprint ?? "", family]);
}
