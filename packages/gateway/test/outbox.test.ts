// SPDX-License-Identifier: Apache-2.0
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SignedProof } from "../src/api/prover-api.ts";
import { Outbox } from "../src/outbox.ts";
import { silent, temporaryDirectory } from "./support/gateway.ts";

let folder: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  folder = temporaryDirectory();
});
afterEach(() => folder.remove());

const proofOf = (batch: number, lease: string | null = "ab".repeat(16)): SignedProof => ({
  batch,
  form: "zeta.v1",
  teeType: "simulation",
  digest: new Uint8Array(32).fill(batch),
  root: new Uint8Array(32).fill(2),
  signature: new Uint8Array(65).fill(3),
  publicKey: new Uint8Array(33).fill(4),
  quote: new Uint8Array(200).fill(5),
  lease,
});
const open = () => Outbox.open(folder.path, silent);
const files = (path = folder.path) => readdirSync(path).filter((name) => name !== "refused");

test("what was put is there after a restart, to the last byte", async () => {
  const first = await open();
  await first.put(proofOf(1));
  await first.put(proofOf(2, null));
  const second = await open();
  expect(second.entries()).toEqual([
    { proof: proofOf(1), isSuperseded: false },
    { proof: proofOf(2, null), isSuperseded: false },
  ]);
});

test("removed is removed, refused is put aside", async () => {
  const outbox = await open();
  for (const batch of [1, 2, 3]) await outbox.put(proofOf(batch));
  await outbox.remove(proofOf(1));
  await outbox.remove(proofOf(1));
  await outbox.refuse(proofOf(2));
  expect([outbox.size, files().length, files(join(folder.path, "refused")).length]).toEqual([
    1, 1, 1,
  ]);
  expect((await open()).entries().map((entry) => entry.proof.batch)).toEqual([3]);
});

test("a batch that comes again while its proof is being written: the last word counts", async () => {
  const leases = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(32, "0"));
  const outbox = await open();
  await Promise.all(leases.map((lease) => outbox.put(proofOf(1, lease))));
  expect(files()).toHaveLength(1);
  const kept = [{ proof: proofOf(1, leases.at(-1)), isSuperseded: false }];
  expect([outbox.entries(), (await open()).entries()]).toEqual([kept, kept]);
  await Promise.all([outbox.put(proofOf(1)), outbox.remove(proofOf(1)), outbox.refuse(proofOf(1))]);
  expect([outbox.size, files()]).toEqual([0, []]);
});

test("a superseded proof is found by its batch and data, and takes a new lease", async () => {
  const outbox = await open();
  await outbox.supersede(proofOf(1));
  const again = await open();
  expect(again.entries()[0]?.isSuperseded).toBe(true);
  const found = again.find(1, proofOf(1).digest, "simulation");
  expect(found).toEqual(proofOf(1));
  expect(again.find(1, new Uint8Array(32), "simulation")).toBeNull();
  expect(again.find(2, proofOf(1).digest, "simulation")).toBeNull();
  expect(again.find(1, proofOf(1).digest, "sgx")).toBeNull();
  await again.put({ ...proofOf(1), lease: "cd".repeat(16) });
  expect(again.entries()).toEqual([
    { proof: { ...proofOf(1), lease: "cd".repeat(16) }, isSuperseded: false },
  ]);
  expect(files()).toHaveLength(1);
});

test("superseded proofs are kept up to a number, the oldest go first", async () => {
  const outbox = await open();
  for (let batch = 0; batch < 258; batch++) {
    await outbox.supersede({ ...proofOf(1), batch });
  }
  expect(outbox.size).toBe(256);
  expect(outbox.entries()[0]?.proof.batch).toBe(2);
});

test("what is no entry is left alone", async () => {
  await (await open()).put(proofOf(1));
  writeFileSync(join(folder.path, "a.json"), "{");
  writeFileSync(join(folder.path, "b.json"), '{"format":"zeta.outbox.v1"}');
  writeFileSync(join(folder.path, "c.json"), "x".repeat(200_000));
  writeFileSync(join(folder.path, "d.json.draft"), "half");
  expect((await open()).size).toBe(1);
  expect(files()).toHaveLength(5);
});
