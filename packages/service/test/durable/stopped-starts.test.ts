// SPDX-License-Identifier: Apache-2.0
/** A start that is given up at any point leaves the data as they were. */
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import { expect, test } from "vitest";
import { startService } from "../../src/serve.ts";
import { getCall, putCall } from "../support/calls.ts";
import { startDurable } from "../support/durable.ts";

const kv = { serviceId: "kv" } as const;
const STOP = new Error("asked to stop");

/** Rejects when it is called for the `last`th time. */
function patience(last: number): () => Promise<void> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls === last) throw STOP;
  };
}

/** Records under a checkpoint, and calls in the journal. */
async function crashed(): Promise<MemoryPlace> {
  const place = new MemoryPlace();
  const first = await startDurable(await place.open(kv));
  await first.engine.execute([putCall("a", "1"), putCall("b", "2")]);
  await first.close();
  const storage = await place.open(kv);
  const second = await startDurable(storage);
  await second.engine.execute([putCall("a", "3"), putCall("c", "4")]);
  await second.engine.closeEpoch();
  await storage.flush();
  place.crash();
  return place;
}

test("wherever it is given up", async () => {
  const place = await crashed();
  let stops = 0;
  for (let last = 1; ; last++) {
    const storage = await place.open(kv);
    try {
      const { engine, facts, close } = await startDurable(storage, null, {}, {}, patience(last));
      expect(facts).toMatchObject({ records: 2, calls: 2 });
      const [a, b, c] = await engine.execute([getCall("a"), getCall("b"), getCall("c")]);
      expect([a, b, c].map((answer) => String.fromCharCode(...answer!.result.slice(1)))).toEqual([
        "3",
        "2",
        "4",
      ]);
      await close();
      break;
    } catch (error) {
      expect(error).toBe(STOP);
      stops += 1;
      await storage.close();
    }
  }
  // After the manifest, the records, the tree, the names, the past, and each entry of the journal.
  expect(stops).toBeGreaterThan(5);
});

test.each([[true], [false]])("a service that starts, with data %s", async (isDurable) => {
  const place = new MemoryPlace();
  const stop = AbortSignal.abort(STOP);
  const options = { port: 0, epochMs: null, processMetrics: false, stop };
  const storage = isDurable ? { storage: () => place.open(kv) } : {};
  await expect(startService({ ...options, ...storage })).rejects.toBe(STOP);
  // Nobody holds the place any more.
  await (await place.open(kv)).close();
});
