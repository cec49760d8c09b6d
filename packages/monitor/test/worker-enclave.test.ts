// SPDX-License-Identifier: Apache-2.0
/** Monitor threads that are asked over their channels, as those of workers are; here all of them are in this thread of the machine. */
import { equalBytes } from "@zeta/protocol/bytes";
import { decodeCheckpoint, verifyCheckpoint } from "@zeta/protocol/checkpoint";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadMonitorModule } from "../src/wasm-module.ts";
import { WorkerEnclave, type WorkerEnclaveOptions } from "../src/worker-enclave.ts";
import { startWorkerMonitor } from "../src/worker-monitor.ts";
import { encodeFrame } from "./support/honest-log.ts";

const module = loadMonitorModule("bytes");
const SHAPE = { profile: "bytes", threads: 3, slots: 8, serviceId: "kv", module } as const;
/** NextEpoch, VerifyEpoch. */
const CLOSE = Uint8Array.of(5, 6);

function begin(options: Partial<WorkerEnclaveOptions> = {}) {
  const signed: Uint8Array[] = [];
  const publish = (statement: Uint8Array) => signed.push(statement);
  const enclave = new WorkerEnclave({ ...SHAPE, publish, ...options });
  onTestFinished(() => enclave.close());
  const monitors = [0, 1, 2].map((thread) => startWorkerMonitor(enclave.seed(thread)));
  const closeEpoch = (...threads: number[]) => {
    for (const thread of threads) expect(monitors[thread]!.verifyLog(CLOSE).check).toBe(null);
  };
  return { enclave, monitors, signed, closeEpoch };
}

describe("an enclave whose threads are in workers", () => {
  test("signs a checkpoint when all are at rest, from which another goes on", async () => {
    const { enclave, closeEpoch } = begin();
    closeEpoch(0, 1, 2);
    const bytes = await enclave.checkpoint();
    const signed = decodeCheckpoint(bytes);
    expect(verifyCheckpoint(signed, enclave.notary.publicKey)).toBe(true);
    expect(signed.checkpoint).toMatchObject({ epoch: 0, root: rootHash(EMPTY_ROOT_VALUE) });

    const continues = { checkpoint: bytes, rootValue: EMPTY_ROOT_VALUE };
    const next = begin({ continues });
    expect(equalBytes(next.enclave.notary.origin, signed.hash)).toBe(true);
    await expect(next.enclave.checkpoint()).rejects.toThrow("expected a certified epoch");
    next.closeEpoch(2, 0, 1);
    const again = decodeCheckpoint(await next.enclave.checkpoint());
    expect(again.checkpoint).toMatchObject({ epoch: 1, origin: signed.hash });
  });

  test("goes on from no other root than the checkpoint's", async () => {
    const { enclave, closeEpoch } = begin();
    closeEpoch(0, 1, 2);
    const checkpoint = await enclave.checkpoint();
    const other = () => begin({ continues: { checkpoint, rootValue: Uint8Array.of(0) } });
    expect(other).toThrow("expected a root at rest");
    const elsewhere = { checkpoint, rootValue: EMPTY_ROOT_VALUE };
    expect(() => begin({ continues: elsewhere, serviceId: "bank" })).toThrow("service bank");
  });

  test("signs none while a thread is behind, ahead, dead or at work", async () => {
    const { enclave, monitors, closeEpoch } = begin();
    const refused = (message: string) =>
      expect(enclave.checkpoint()).rejects.toMatchObject({
        code: "not_at_rest",
        message: expect.stringContaining(message),
      });
    await refused("a committed epoch, got none yet");
    closeEpoch(0, 1);
    await refused("a committed epoch, got none yet");
    closeEpoch(2, 2);
    await refused("thread 2 after epoch 0, got 1");
    closeEpoch(0, 1);
    await enclave.checkpoint();
    // It has left the epoch, and committed nothing of it.
    monitors[1]!.verifyLog(Uint8Array.of(5));
    await refused("thread 1 at time 2.0, got 3.0");
    monitors[1]!.verifyLog(Uint8Array.of(6));
    closeEpoch(0, 2);
    await enclave.checkpoint();
    const record = { kind: "app", key: new Uint8Array(32), value: null } as const;
    const frame = encodeFrame([{ type: "AddM", record, slot: 1, parent: 0 }], "bytes");
    expect(monitors[0]!.verifyLog(frame).check).toBe(null);
    await refused("the root alone in slots, got slot 1 of 0");
    expect(monitors[0]!.verifyLog(Uint8Array.of(99)).check).toBe("D.tag");
    await refused("thread 0 alive");
  });

  test("asks no more once it is closed", async () => {
    const { enclave } = begin();
    const asked = enclave.checkpoint();
    enclave.close();
    await expect(asked).rejects.toMatchObject({ code: "not_at_rest" });
  });
});
