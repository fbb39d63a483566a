/** The vault's Durable Objects: a door of their own, since the rest of the room also runs outside Workers (doctor). */
export { KeyRegistryObjectBase, type KeyRegistryDeps } from "./key-registry-object.ts";
export type { KeyStore } from "./key-stores.ts";
export { PayloadKeyObjectBase, type PayloadKeyObjectDeps } from "./payload-key-object.ts";
export type { VaultNotice } from "./key-notices.ts";
export { recordKeyRecord } from "./record-keys.ts";
export { SNAPSHOT_RECORD } from "./snapshot-copies.ts";
export { type VaultDeps, VaultObjectBase } from "./vault-object.ts";
export type { RecordContext } from "./vault-room.ts";
