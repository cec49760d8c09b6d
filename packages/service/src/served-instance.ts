// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { ServiceLineage } from "@zeta/attestation/service-lineage";
import type { StoreStatistics } from "@zeta/store/store-worker";
import type { CertificateLog } from "./certificate-log.ts";
import type { ReceiptBook } from "./receipt-book.ts";

/** What is known of one start of the enclave. */
export interface ServedInstance {
  readonly attestation: ServiceAttestation;
  /** The instances that this one continues, oldest first; none: it began with an empty store. */
  readonly lineage: ServiceLineage;
  readonly receipts: ReceiptBook;
  readonly certificates: CertificateLog;
  /** The monitor's signed statement against this service. */
  readonly violation: Uint8Array | null;
  /** The epoch that calls run in now. */
  readonly epoch: number;
  /** Of each monitor thread's store. */
  statistics(): Promise<readonly StoreStatistics[]>;
}
