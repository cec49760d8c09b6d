// SPDX-License-Identifier: Apache-2.0
import { decodeCertificate, verifyCertificate } from "@zeta/protocol/certificate";
import { isZetaError } from "@zeta/protocol/error";
import { decodeViolation, verifyViolation } from "@zeta/protocol/violation";
import { BATCH_MAX } from "@zeta/store/wasm/kv64-store";
import { afterEach, describe, expect, it } from "vitest";
import { RING_PLACES } from "../../src/cluster/batch-ring.ts";
import {
  CLOSING_EPOCHS_MAX,
  Kv64Cluster,
  type Kv64ClusterOptions,
} from "../../src/cluster/kv64-cluster.ts";
import type { Kv64Operation } from "../../src/cluster/operations.ts";
import { WAITING_MAX } from "../../src/cluster/worker-link.ts";
import { Random } from "../support/random.ts";

const put = (key: bigint, value: bigint): Kv64Operation => ({ kind: "put", key, value });
const get = (key: bigint): Kv64Operation => ({ kind: "get", key });

const running: Kv64Cluster[] = [];

async function start(options: Partial<Kv64ClusterOptions> = {}): Promise<Kv64Cluster> {
  const cluster = await Kv64Cluster.start({ workers: 2, slots: 64, recordsMax: 1000, ...options });
  running.push(cluster);
  return cluster;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((cluster) => cluster.stop()));
});

/** A key of this worker. */
function keyOf(cluster: Kv64Cluster, worker: number, nth = 0): bigint {
  const keys = Array.from({ length: 2000 }, (_, key) => key);
  return BigInt(keys.filter((key) => cluster.ownerOf(key) === worker)[nth] ?? 0);
}

async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  return promise.then(
    () => null,
    (error: unknown) => (isZetaError(error) ? error.code : "not a ZetaError"),
  );
}

describe("honest workers", () => {
  it.each([1, 2, 4])("%d: every answer is right, every epoch is certified", async (workers) => {
    const cluster = await start({ workers, closeBudget: 20 });
    const random = new Random(workers);
    const model = new Map<bigint, bigint>();
    let operationsLogged = 0n;
    const certificates: Promise<number>[] = [];
    for (let round = 0; round < 30; round++) {
      const batch = Array.from({ length: 40 }, () => {
        const key = (BigInt(random.below(300)) * 0x9e3779b97f4a7c15n) % (1n << 64n);
        return random.below(2) === 0 ? get(key) : put(key, BigInt(random.below(1000)));
      });
      const answers = await cluster.run(batch);
      for (const [i, operation] of batch.entries()) {
        if (operation.kind === "put") {
          model.set(operation.key, operation.value);
          expect(answers[i]).toBe("done");
        } else expect(answers[i]).toBe(model.get(operation.key) ?? null);
        if (operation.kind === "put" || answers[i] !== null) operationsLogged++;
      }
      // Not waited for: the next epoch's operations run meanwhile.
      if (round % 3 === 2) certificates.push(cluster.closeEpoch());
    }
    expect(await Promise.all(certificates)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const { latestCertificate, publicKey, violation } = cluster.notary!;
    const signed = decodeCertificate(latestCertificate!);
    expect(verifyCertificate(signed, publicKey)).toBe(true);
    expect(signed.certificate).toMatchObject({ epoch: 9, operations: operationsLogged });
    expect(signed.certificate.threads).toHaveLength(workers);
    expect(violation).toBeNull();
    const statistics = await cluster.statistics();
    expect(statistics.reduce((sum, { records }) => sum + records, 0)).toBe(model.size);
  });

  it("keys go to their owner", async () => {
    const cluster = await start();
    await cluster.run([put(keyOf(cluster, 0), 1n), put(keyOf(cluster, 1), 2n)]);
    await cluster.run([put(keyOf(cluster, 1, 1), 3n)]);
    expect((await cluster.statistics()).map(({ records }) => records)).toEqual([1, 2]);
    expect(await cluster.run([get(keyOf(cluster, 1)), get(keyOf(cluster, 0))])).toEqual([2n, 1n]);
  });

  it("the epoch of a worker whose counter has run out is ended in all workers", async () => {
    const cluster = await start({ epochCounterMax: 200, slots: 32 });
    for (let round = 0; round < 20; round++) {
      const keys = Array.from({ length: 40 }, (_, nth) => keyOf(cluster, 0, nth));
      await cluster.run(keys.map((key) => put(key, BigInt(round))));
    }
    expect(cluster.epoch).toBeGreaterThan(1);
    const epoch = await cluster.closeEpoch();
    expect(cluster.maxCertifiedEpoch).toBe(epoch);
  });

  it("without a monitor: same answers, nothing certified", async () => {
    const cluster = await start({ placement: "unverified" });
    const keys = [keyOf(cluster, 0), keyOf(cluster, 1)];
    await cluster.run(keys.map((key) => put(key, key + 1n)));
    expect(await cluster.run(keys.map(get))).toEqual(keys.map((key) => key + 1n));
    expect(cluster.maxCertifiedEpoch).toBeNull();
    expect(await codeOf(cluster.closeEpoch())).toBe("assertion");
  });
});

describe("a lie", () => {
  it.each([0, 1])("of worker %d in deferred memory: no epoch balances any more", async (worker) => {
    const cluster = await start();
    const key = keyOf(cluster, worker);
    await cluster.run([put(key, 1n), put(keyOf(cluster, 1 - worker), 1n)]);
    expect(await cluster.closeEpoch()).toBe(0);
    await cluster.overwriteValue(key, 99n);
    expect(await cluster.run([get(key)])).toEqual([99n]);
    expect(await codeOf(cluster.closeEpoch())).toBe("monitor_failed");
    expect(cluster.maxCertifiedEpoch).toBe(0);
    const { violation, publicKey } = cluster.notary!;
    const signed = decodeViolation(violation!);
    expect(verifyViolation(signed, publicKey)).toBe(true);
    expect(signed.violation).toMatchObject({ check: "A.hash", epoch: 1 });
    expect(await codeOf(cluster.run([get(key)]))).toBe("monitor_failed");
  });

  it("in the tree: the worker's monitor thread refuses the record and says so", async () => {
    const cluster = await start({ placement: "merkle" });
    const key = keyOf(cluster, 1);
    await cluster.run([put(key, 1n), put(keyOf(cluster, 1, 1), 1n)]);
    expect(await cluster.closeEpoch()).toBe(0);
    await cluster.overwriteValue(key, 99n);
    expect(await codeOf(cluster.run([get(key)]))).toBe("monitor_failed");
    expect(await codeOf(cluster.closeEpoch())).toBe("monitor_failed");
    await expect.poll(() => cluster.notary!.violation).not.toBeNull();
    const { violation } = decodeViolation(cluster.notary!.violation!);
    expect(violation).toMatchObject({ check: "M.hash", thread: 1, epoch: 1 });
  });
});

it("a dead worker ends certification", async () => {
  const cluster = await start();
  await cluster.run([put(keyOf(cluster, 0), 1n), put(keyOf(cluster, 1), 1n)]);
  expect(await cluster.closeEpoch()).toBe(0);
  await cluster.kill(1);
  expect(await codeOf(cluster.closeEpoch())).toBe("worker_failed");
  expect(await codeOf(cluster.run([get(keyOf(cluster, 0))]))).toBe("worker_failed");
  expect(cluster.maxCertifiedEpoch).toBe(0);
});

describe("limits", () => {
  it(`a call: ${BATCH_MAX} operations`, async () => {
    const cluster = await start({ workers: 1 });
    const batch = (count: number) => Array.from({ length: count }, () => get(1n));
    expect(await codeOf(cluster.run(batch(BATCH_MAX)))).toBeNull();
    expect(await codeOf(cluster.run(batch(BATCH_MAX + 1)))).toBe("too_many");
  });

  it(`${RING_PLACES + WAITING_MAX} batches of one worker on their way`, async () => {
    const cluster = await start({ workers: 1 });
    const codes = Array.from({ length: RING_PLACES + WAITING_MAX + 1 }, () =>
      codeOf(cluster.run([get(1n)])),
    );
    const told = await Promise.all(codes);
    expect(told.slice(0, -1).every((code) => code === null)).toBe(true);
    expect(told.at(-1)).toBe("too_many");
  });

  it(`${CLOSING_EPOCHS_MAX} epochs being closed`, async () => {
    const cluster = await start({ workers: 1 });
    const codes = Array.from({ length: CLOSING_EPOCHS_MAX + 1 }, () =>
      codeOf(cluster.closeEpoch()),
    );
    const told = await Promise.all(codes);
    expect(told).toEqual([...Array(CLOSING_EPOCHS_MAX).fill(null), "too_many"]);
  });

  it("records of a worker", async () => {
    const cluster = await start({ recordsMax: 3 });
    const keys = [0, 1, 2, 3].map((nth) => keyOf(cluster, 0, nth));
    const answers = await cluster.run(keys.map((key) => put(key, 7n)));
    expect(answers).toEqual(["done", "done", "done", "refused"]);
    expect(await cluster.run([get(keys[2]!), get(keys[3]!)])).toEqual([7n, null]);
    expect(await cluster.run([put(keyOf(cluster, 1), 1n)])).toEqual(["done"]);
    expect(await cluster.closeEpoch()).toBe(0);
  });

  it("slots: too few for the groups of a worker", async () => {
    const options = { workers: 2, recordsMax: 10 };
    expect(await codeOf(start({ ...options, slots: 20 }))).toBeNull();
    expect(await codeOf(start({ ...options, slots: 19 }))).toBe("worker_failed");
  });
});
