// SPDX-License-Identifier: Apache-2.0
import type { StoredRecord } from "@zeta/store/stored-record";
import type { ServedInstance } from "./served-instance.ts";

/** An instance whose whole tree is at rest, its last epoch certified. */
export interface InstanceAtRest
  extends Pick<ServedInstance, "attestation" | "lineage" | "receipts" | "certificates" | "epoch"> {
  readonly rootValue: Uint8Array;
  /** Down to this depth the tree has all nodes: the most bits by which its instances shared it out among threads. */
  readonly fullDepth: number;
  /** The enclave's word for it. */
  checkpoint(): Uint8Array;
  /** The records that have changed since they were taken last, each once. */
  changes(): Iterable<StoredRecord>;
}
