export { wireBreaker } from "./breakers.ts";
export { wireCustomers } from "./customers.ts";
export { wireGate, wireRefusals } from "./door.ts";
export { wireLedger } from "./events.ts";
export { wireHttp } from "./http.ts";
export { wirePayloadKeyObject, wirePayloadKeys } from "./payload-keys.ts";
export { wirePayments } from "./payments.ts";
export { wireTokens } from "./tokens.ts";
export { wireVault } from "./vault.ts";
