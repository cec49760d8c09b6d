// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { encodeFrame } from "@zeta/monitor/test/support/honest-log";
import { monitorModule } from "@zeta/monitor/test/support/monitors";
import { TEST_KEY } from "@zeta/monitor/test/support/run-log";
import { app, Script } from "@zeta/monitor/test/support/script";
import { createWasmThread } from "@zeta/monitor/wasm-thread";
import { toHex } from "@zeta/protocol/hex";
import { DIGEST_BYTES } from "@zeta/protocol/limits";
import { expect, test } from "vitest";

const PAIRS = 100;
const FRAMES = 40;

/** Writes a letter and reads it back, many times. */
function letters(letter: string): Script {
  const script = new Script();
  script.on(0).addM(app("A", null), 1, 0);
  for (let i = 0; i < PAIRS; i++)
    script
      .on(0)
      .put("A", letter, 1, i > 0)
      .get("A", 1, letter);
  return script;
}

function leavesOf({ history }: Script): string[] {
  return history.map(({ leaf }) => toHex(leaf));
}

/** Rewrites the values in the shared log as fast as it can, one letter for the other, and counts its rounds in the last four bytes. */
const RACER = `
const { parentPort, workerData } = require("node:worker_threads");
const { shared, places } = workerData;
const bytes = new Uint8Array(shared);
const rounds = new Int32Array(shared, shared.byteLength - 4);
for (;;) {
  for (const at of places) Atomics.store(bytes, at, 97 + ((rounds[0] + at) & 1));
  Atomics.add(rounds, 0, 1);
  if (rounds[0] === 1) parentPort.postMessage("running");
}`;

test("D.fetch: a worker that rewrites the log during verification changes nothing after the copy", async () => {
  const [a, b] = [letters("a"), letters("b")];
  const [first, second] = [a, b].map((script) => encodeFrame(script.frames[0]!.entries, "bytes"));
  const places = [...first!.keys()].filter((at) => first![at] !== second![at]);
  expect(places.length).toBe(PAIRS);
  const shared = new SharedArrayBuffer(((first!.length + 3) & ~3) + 4);
  const log = new Uint8Array(shared, 0, first!.length);
  log.set(first!);
  const rounds = new Int32Array(shared, shared.byteLength - 4);
  const worker = new Worker(RACER, { eval: true, workerData: { shared, places } });
  try {
    await once(worker, "message");
    for (let i = 0; i < FRAMES; i++) expectOneStory(log, leavesOf(a), leavesOf(b));
    expect(Atomics.load(rounds, 0)).toBeGreaterThan(0);
  } finally {
    await worker.terminate();
  }
});

/** Whichever letter a put took, its receipt and the following get must tell of the same one. */
function expectOneStory(log: Uint8Array, ofA: readonly string[], ofB: readonly string[]): void {
  const thread = createWasmThread(monitorModule("bytes"), {
    id: 0,
    threads: 1,
    slots: 16,
    profile: "bytes",
    setHashKey: TEST_KEY,
    valueMemoryBytes: 1024,
    contribute: () => true,
  });
  const { verdict, leaves } = thread.verifyLog(log);
  expect(verdict).toBe("success");
  expect(leaves.length).toBe(2 * PAIRS * DIGEST_BYTES);
  const seen = toHex(leaves).match(/.{64}/g) ?? [];
  for (let i = 0; i < seen.length; i += 2) {
    const letter = seen[i] === ofA[i] ? ofA : ofB;
    expect([seen[i], seen[i + 1]]).toEqual([letter[i], letter[i + 1]]);
  }
}
