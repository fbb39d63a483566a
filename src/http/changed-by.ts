import type { ChangedBy } from "#base";
import { clientAddress } from "./admission.ts";
import type { Call } from "./operation.ts";

/** Who asks for a change, for the audit log (PCI-10.2.2). */
export function changedBy({ c, identity }: Call<unknown>): ChangedBy {
  return { ...identity, address: clientAddress(c) };
}
