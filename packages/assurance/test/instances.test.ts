// SPDX-License-Identifier: Apache-2.0
import { createEnclave, type Enclave } from "@zeta/monitor/enclave";
import { Random } from "@zeta/monitor/test/support/random";
import { enclaveOptions } from "@zeta/monitor/test/support/restart";
import { equalBytes, utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate, verifyCertificate } from "@zeta/protocol/certificate";
import { decodeCheckpoint, verifyCheckpoint } from "@zeta/protocol/checkpoint";
import { isZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import {
  decodeKvResult,
  encodeKvArgument,
  type KvRecordOperation,
  kvFunctionNumber,
} from "@zeta/protocol/kv";
import { argumentDigest, receiptLeaf, resultDigest } from "@zeta/protocol/receipt-leaf";
import { receiptsRoot } from "@zeta/protocol/receipt-tree";
import { NO_ORIGIN } from "@zeta/protocol/statement";
import { type StoredRecord, StoreWorker } from "@zeta/store/store-worker";
import { describe, expect, test } from "vitest";

const SLOTS = 16;
const INSTANCES = 4;

/** A service with its clients, which is stopped and started again: what it keeps is records, a root value and a checkpoint. */
class Service {
  readonly #random: Random;
  readonly #stored = new Map<string, StoredRecord>();
  readonly #expected = new Map<string, Uint8Array>();
  #leaves: Uint8Array[] = [];
  store: StoreWorker;
  enclave: Enclave;
  checkpoint: Uint8Array | null = null;
  /** The hash that the next certificate must name, and the calls that it must have counted before its own. */
  #previous = NO_ORIGIN;
  #operations = 0n;

  constructor(random: Random) {
    this.#random = random;
    this.store = new StoreWorker({
      thread: 0,
      threads: 1,
      slots: SLOTS,
      valueMemoryBytes: 1 << 20,
    });
    this.enclave = createEnclave(enclaveOptions(1, random.below(1 << 30)));
  }

  operate(count: number): void {
    for (let i = 0; i < count; i++) this.#run(this.#anyOperation());
  }

  #anyOperation(): KvRecordOperation {
    const key = utf8(`key ${this.#random.below(40)}`);
    const kind = this.#random.below(5);
    if (kind < 2) return { operation: "get", key };
    if (kind === 2) return { operation: "delete", key };
    return { operation: "put", key, value: this.#random.bytes(this.#random.below(200)) };
  }

  /** A client's call: the answer must be that of a plain map, the leaf must be certified. */
  #run(operation: KvRecordOperation): void {
    const requestId = this.#random.bytes(16);
    const argument = encodeKvArgument(operation);
    const number = kvFunctionNumber(operation.operation);
    const { result, epoch } = this.store.execute({ function: number, argument, requestId });
    const digests = {
      argumentDigest: argumentDigest(argument),
      resultDigest: resultDigest(result),
    };
    this.#leaves.push(receiptLeaf({ requestId, thread: 0, epoch, function: number, ...digests }));
    const name = toHex(operation.key);
    const before = this.#expected.get(name);
    const answer = decodeKvResult(operation.operation, result);
    if ("value" in answer) expect(answer.value).toEqual(before ?? null);
    else expect(answer).toEqual({ existed: before !== undefined });
    if (operation.operation === "put") this.#expected.set(name, operation.value);
    if (operation.operation === "delete") this.#expected.delete(name);
  }

  /** The monitor reads the log; exactly one epoch becomes certified by it. */
  #certify(epoch: number): void {
    const statements = this.store.drain().flatMap((frame) => {
      const { check, statements: signed } = this.enclave.verifyLog(0, frame);
      expect(check).toBe(null);
      return [...signed];
    });
    expect(statements.length).toBe(1);
    const signed = decodeCertificate(statements[0]!);
    this.#operations += BigInt(this.#leaves.length);
    expect(verifyCertificate(signed, this.enclave.publicKey)).toBe(true);
    expect(signed.certificate).toMatchObject({
      epoch,
      operations: this.#operations,
      previous: this.#previous,
      origin: this.enclave.origin,
      threads: [{ receiptsRoot: receiptsRoot(this.#leaves) }],
    });
    this.#previous = signed.hash;
    this.#leaves = [];
  }

  closeEpoch(): void {
    const epoch = this.store.beginEpochClose();
    while (!this.store.continueEpochClose(3));
    this.#certify(epoch);
  }

  /** Stops: everything goes back into the tree, and the enclave says so. */
  stop(): void {
    const { epoch } = this.store;
    expect(isAtRest(this.enclave)).toBe(false);
    while (!this.store.seal(5));
    this.#certify(epoch);
    for (const record of this.store.takeChanges(10_000)) {
      this.#stored.set(toHex(record.digest), { ...record });
    }
    this.checkpoint = this.enclave.checkpoint();
    const signed = decodeCheckpoint(this.checkpoint);
    expect(verifyCheckpoint(signed, this.enclave.publicKey)).toBe(true);
    expect(signed.checkpoint).toMatchObject({ epoch, operations: this.#operations });
    expect(signed.checkpoint.previous).toEqual(this.#previous);
    this.#previous = signed.hash;
  }

  /** Starts again from what was stored, in any order. */
  start(): void {
    const { checkpoint } = decodeCheckpoint(this.checkpoint!);
    const firstEpoch = checkpoint.epoch + 1;
    const shape = { thread: 0, threads: 1, slots: SLOTS, valueMemoryBytes: 1 << 20 };
    this.store = new StoreWorker({ ...shape, firstEpoch });
    this.store.restore(this.#random.shuffled([...this.#stored.values()]));
    this.store.finishRestore();
    const continues = { checkpoint: this.checkpoint!, rootValue: this.store.rootValue };
    this.enclave = createEnclave(enclaveOptions(1, this.#random.below(1 << 30), continues));
    expect(this.enclave.origin).toEqual(this.#previous);
  }

  /** What a host has that lost a record: a store without it. */
  rootValueWithout(digest: Uint8Array): Uint8Array {
    const shape = { thread: 0, threads: 1, slots: SLOTS, valueMemoryBytes: 1 << 20 };
    const store = new StoreWorker(shape);
    store.restore([...this.#stored.values()].filter((known) => !equalBytes(known.digest, digest)));
    store.finishRestore();
    return store.rootValue;
  }

  get digests(): Uint8Array[] {
    return [...this.#stored.values()].map(({ digest }) => digest);
  }
}

function isAtRest(enclave: Enclave): boolean {
  try {
    enclave.checkpoint();
    return true;
  } catch (error) {
    if (isZetaError(error, "not_at_rest")) return false;
    throw error;
  }
}

describe("instances that go on from one another, with store and enclave", () => {
  test.each([1, 2, 3, 4, 5, 6])("one history for the clients, seed %i", (seed) => {
    const random = new Random(seed);
    const service = new Service(random);
    const keys = new Set<string>();
    for (let instance = 0; instance < INSTANCES; instance++) {
      for (let epoch = 1 + random.below(3); epoch > 0; epoch--) {
        service.operate(1 + random.below(40));
        service.closeEpoch();
      }
      service.operate(1 + random.below(20));
      keys.add(toHex(service.enclave.publicKey));
      service.stop();
      service.start();
    }
    expect(keys.size).toBe(INSTANCES);
  });

  test("a host that lost or changed a record cannot go on", () => {
    const service = new Service(new Random(7));
    service.operate(60);
    service.stop();
    const [lost] = service.digests;
    const rootValue = service.rootValueWithout(lost!);
    const options = enclaveOptions(1, 8, { checkpoint: service.checkpoint!, rootValue });
    expect(() => createEnclave(options)).toThrow("of the checkpoint, got");
  });
});
