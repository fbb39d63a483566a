/** Features of a browser that no page of ours uses. */
const FEATURES = [
  "accelerometer",
  "autoplay",
  "camera",
  "clipboard-read",
  "clipboard-write",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "gamepad",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "sync-xhr",
  "usb",
  "xr-spatial-tracking",
] as const;

/**
 * What an HTML page carries beside the headers of every answer, whose CSP this one replaces (HDR-2): no script, no
 * form, no frame, and one style, by its hash.
 *
 * @param styleHash base64 SHA-256 of the text between the page's style tags
 */
export function pageHeaders(styleHash: string): Record<string, string> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy":
      `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; ` +
      "form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": FEATURES.map((feature) => `${feature}=()`).join(", "),
  };
}
