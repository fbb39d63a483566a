/** The API's operations, as faults are aimed at them and the books count them. */
export const ENDPOINTS = ["oauth", "pay", "status", "refund", "refund-status"] as const;
export type Endpoint = (typeof ENDPOINTS)[number];
