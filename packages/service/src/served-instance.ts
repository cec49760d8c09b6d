// SPDX-License-Identifier: Apache-2.0
import type { ServiceAttestation } from "@zeta/attestation/service-attestation";
import type { StoreStatistics } from "@zeta/store/store-worker";
import type { CertificateLog } from "./certificate-log.ts";
import type { ReceiptBook } from "./receipt-book.ts";

/** What is known of one start of the enclave. */
export interface ServedInstance {
  readonly attestation: ServiceAttestation;
  readonly receipts: ReceiptBook;
  readonly certificates: CertificateLog;
  /** The monitor's signed statement against this service. */
  readonly violation: Uint8Array | null;
  /** The epoch that calls run in now. */
  readonly epoch: number;
  /** Of each monitor thread's store. */
  statistics(): Promise<readonly StoreStatistics[]>;
}
