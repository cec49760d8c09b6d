// SPDX-License-Identifier: Apache-2.0
import { createEnclave, type Enclave } from "@zeta/monitor/enclave";
import { loadMonitorModule } from "@zeta/monitor/wasm-module";
import { utf8 } from "@zeta/protocol/bytes";
import { decodeCertificate } from "@zeta/protocol/certificate";
import { toHex } from "@zeta/protocol/hex";
import { encodeKvArgument } from "@zeta/protocol/kv";
import { expect, it } from "vitest";
import { type StoredRecord, StoreWorker } from "../src/store-worker.ts";

const SHAPE = { threads: 1, slots: 16, valueMemoryBytes: 4 << 20 } as const;
const ENCLAVE = { ...SHAPE, profile: "bytes", serviceId: "kv" } as const;
const module = loadMonitorModule("bytes");

/** Store and enclave of one start. */
interface Instance {
  readonly store: StoreWorker;
  readonly enclave: Enclave;
}

const firstInstance = (): Instance => ({
  store: new StoreWorker({ ...SHAPE, thread: 0 }),
  enclave: createEnclave({ ...ENCLAVE, module }),
});

function verify({ store, enclave }: Instance): void {
  for (const frame of store.drain()) expect(enclave.verifyLog(0, frame).check).toBe(null);
}

/** Seals and checkpoints an instance; a new one goes on from what it stored, whose records are kept up to date. */
function restarted(old: Instance, stored: Map<string, StoredRecord>): Instance {
  while (!old.store.seal(3)) verify(old);
  verify(old);
  for (const record of old.store.takeChanges(1000)) stored.set(toHex(record.digest), record);
  const { rootValue, epoch } = old.store;
  const continues = { checkpoint: old.enclave.checkpoint(), rootValue };
  const store = new StoreWorker({ ...SHAPE, thread: 0, firstEpoch: epoch });
  store.restore([...stored.values()]);
  store.finishRestore();
  expect(toHex(store.rootValue)).toBe(toHex(rootValue));
  return { store, enclave: createEnclave({ ...ENCLAVE, module, continues }) };
}

it("an enclave goes on with a restored store, start after start", () => {
  const stored = new Map<string, StoredRecord>();
  let running = firstInstance();
  let calls = 0;
  for (let start = 0; start < 5; start++) {
    for (let i = 0; i < 50; i++, calls++) {
      const key = utf8(`key ${(7 * i) % 50}`);
      const known = running.store.execute({ function: 0, argument: key, requestId: null }).result;
      expect([...known]).toEqual(start === 0 ? [0] : [1, ...utf8(`value ${start - 1}`)]);
      const operation = { operation: "put", key, value: utf8(`value ${start}`) } as const;
      const argument = encodeKvArgument(operation);
      running.store.execute({ function: 1, argument, requestId: null });
    }
    const old = running;
    running = restarted(old, stored);
    const { certificate } = decodeCertificate(old.enclave.latestCertificate!);
    expect(certificate).toMatchObject({ epoch: start, operations: BigInt(2 * calls) });
    expect(stored.size).toBe(50);
  }
});
