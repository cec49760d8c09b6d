// SPDX-License-Identifier: Apache-2.0
import { createEnclave, type Enclave } from "@zeta/monitor/enclave";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import type { AppService } from "@zeta/service/app-service";
import { type StoreCall, StoreWorker } from "@zeta/store/store-worker";

const SLOTS = 16_384;
const VALUE_MEMORY_BYTES = 256 << 20;
/** Calls between two looks at the log. */
const TURN_CALLS = 512;
/** Deferred records between two looks at the log while an epoch is closed. */
const CLOSE_BUDGET = 4096;

/** A store of profile `bytes` and its enclave in this thread, with a service in TypeScript or (null) the built-in key-value service. */
export class ServiceSubject {
  readonly #enclave: Enclave;
  readonly #store: StoreWorker;
  #calls = 0;

  constructor(service: AppService | null) {
    const shape = { threads: 1, slots: SLOTS, valueMemoryBytes: VALUE_MEMORY_BYTES } as const;
    this.#enclave = createEnclave({
      ...shape,
      profile: "bytes",
      serviceId: service?.program.manifest.name ?? "kv",
      module: loadMonitorModule("bytes"),
      ...(service !== null && { serviceCode: service.code }),
    });
    this.#store = new StoreWorker({
      ...shape,
      thread: 0,
      ...(service !== null && { functions: service.functions }),
    });
  }

  /** Runs the calls and has them certified. Milliseconds of wall time. */
  certified(calls: readonly StoreCall[]): number {
    const start = performance.now();
    for (let from = 0; from < calls.length; from += TURN_CALLS) {
      this.#turn(calls.slice(from, from + TURN_CALLS));
    }
    this.certify();
    return performance.now() - start;
  }

  #turn(calls: readonly StoreCall[]): void {
    for (let next = 0; next < calls.length; ) {
      next += this.#store.executeBatch(calls, next).length;
    }
    this.#calls += calls.length;
    this.#drain();
  }

  /** Runs one call; its result. The epoch goes on. */
  call(call: StoreCall): Uint8Array {
    const { result } = this.#store.execute(call);
    this.#calls++;
    if (this.#calls % TURN_CALLS === 0) this.#drain();
    return result;
  }

  /** Closes the epoch, to its certificate. */
  certify(): void {
    this.#store.beginEpochClose();
    while (!this.#store.continueEpochClose(CLOSE_BUDGET)) this.#drain();
    this.#drain();
  }

  /** Does the last certificate speak of every call? */
  isCertified(): boolean {
    const { latestCertificate, violation } = this.#enclave;
    if (latestCertificate === null || violation !== null) return false;
    const { certificate } = decodeCertificate(latestCertificate);
    const isAll = certificate.operations === BigInt(this.#calls);
    return isAll && certificate.epoch === this.#store.epoch - 1;
  }

  #drain(): void {
    for (const frame of this.#store.drain()) {
      const { check } = this.#enclave.verifyLog(0, frame);
      assert(check === null, `an accepted log, got ${check}`);
    }
  }
}
