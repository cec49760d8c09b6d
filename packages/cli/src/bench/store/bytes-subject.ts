// SPDX-License-Identifier: Apache-2.0
import { createEnclave, type Enclave } from "@zeta/monitor/enclave";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import { REQUEST_ID_BYTES } from "@zeta/protocol/limits";
import { StoreWorker } from "@zeta/store/store-worker";
import { seededRandom } from "../../ycsb/random.ts";
import { ZipfianRanks } from "../../ycsb/zipfian.ts";
import { highHalf, lowHalf } from "./keys.ts";

export interface BytesSetting {
  readonly records: number;
  readonly valueBytes: number;
  readonly epochMs: number;
  /** Does every call carry a request id, and get a leaf? */
  readonly receipts: boolean;
}

const SLOTS = 16_384;
const VALUE_MEMORY_BYTES = 256 << 20;
/** Calls between two looks at the log and the clock. */
const TURN_CALLS = 512;
/** Deferred records between two turns while an epoch is closed. */
const CLOSE_BUDGET = 4096;
const KEY_BYTES = 8;

/** The store of profile `bytes` and its enclave in this thread: YCSB A, zipfian. Its monitor hashes a receipt leaf for each call with an id. */
export class BytesSubject {
  readonly #setting: BytesSetting;
  readonly #enclave: Enclave;
  readonly #store: StoreWorker;
  readonly #random = seededRandom(1);
  readonly #ranks: ZipfianRanks;
  readonly #value: Uint8Array;
  #calls = 0;

  constructor(setting: BytesSetting) {
    this.#setting = setting;
    const shape = { threads: 1, slots: SLOTS, valueMemoryBytes: VALUE_MEMORY_BYTES } as const;
    const module = loadMonitorModule("bytes");
    this.#enclave = createEnclave({ ...shape, profile: "bytes", serviceId: "kv", module });
    this.#store = new StoreWorker({ ...shape, thread: 0 });
    this.#ranks = new ZipfianRanks(this.#random, setting.records);
    this.#value = new Uint8Array(setting.valueBytes);
    for (let record = 0; record < setting.records; record++) {
      this.#execute(record, true);
      if (record % TURN_CALLS === 0) this.#drain();
    }
    this.#store.beginEpochClose();
    this.#closeToTheEnd();
  }

  /** One epoch: calls for its length, then its close, between the steps of which calls go on. Calls per second of wall time. */
  sample(): number {
    const { epochMs } = this.#setting;
    const [start, before] = [performance.now(), this.#calls];
    while (performance.now() - start < epochMs) this.#turn();
    this.#store.beginEpochClose();
    while (!this.#store.continueEpochClose(CLOSE_BUDGET)) this.#turn();
    this.#drain();
    return (1000 * (this.#calls - before)) / (performance.now() - start);
  }

  /** Does the last certificate speak of every call? */
  finish(): boolean {
    this.#store.beginEpochClose();
    this.#closeToTheEnd();
    const { latestCertificate, violation } = this.#enclave;
    if (latestCertificate === null || violation !== null) return false;
    const { certificate } = decodeCertificate(latestCertificate);
    const isAll = certificate.operations === BigInt(this.#calls);
    return isAll && certificate.epoch === this.#store.epoch - 1;
  }

  #closeToTheEnd(): void {
    while (!this.#store.continueEpochClose(CLOSE_BUDGET)) this.#drain();
    this.#drain();
  }

  #turn(): void {
    for (let call = 0; call < TURN_CALLS; call++) {
      this.#execute(this.#ranks.next(), this.#random.u32() % 2 === 0);
    }
    this.#drain();
  }

  #execute(record: number, isPut: boolean): void {
    const key = new Uint8Array(KEY_BYTES);
    const view = new DataView(key.buffer);
    view.setUint32(0, highHalf(record));
    view.setUint32(4, lowHalf(record));
    const operation = isPut ? "put" : "get";
    const argument = isPut
      ? encodeKvArgument({ operation: "put", key, value: this.#value })
      : encodeKvArgument({ operation: "get", key });
    this.#value[0] = this.#calls;
    const requestId = this.#setting.receipts ? this.#requestId() : null;
    this.#store.execute({ function: kvFunctionNumber(operation), argument, requestId });
    this.#calls++;
  }

  #requestId(): Uint8Array {
    const id = new Uint8Array(REQUEST_ID_BYTES);
    new DataView(id.buffer).setFloat64(0, this.#calls);
    return id;
  }

  #drain(): void {
    for (const frame of this.#store.drain()) {
      const { check } = this.#enclave.verifyLog(0, frame);
      assert(check === null, `an accepted log, got ${check}`);
    }
  }
}
