// SPDX-License-Identifier: Apache-2.0
import { LINEAGE_MAX } from "@zeta/attestation/service-lineage";
import { MemoryPlace } from "@zeta/storage/memory/memory-place";
import type { MemoryState } from "@zeta/storage/memory/memory-state";
import { expect, test } from "vitest";
import { EntryWriter } from "../../src/durable/journal-entry.ts";
import { decodeManifest, encodeManifest, type Manifest } from "../../src/durable/manifest.ts";
import { putCall } from "../support/calls.ts";
import { startDurable } from "../support/durable.ts";

const kv = { serviceId: "kv" } as const;

/** A place as a clean stop left it: two records. */
async function stopped(): Promise<MemoryPlace> {
  const place = new MemoryPlace();
  const { engine, close } = await startDurable(await place.open(kv));
  await engine.execute([putCall("a", "1"), putCall("b", "2")]);
  await close();
  return place;
}

async function codeOfStart(place: MemoryPlace): Promise<string> {
  const storage = await place.open(kv);
  try {
    const { close } = await startDurable(storage);
    await close();
    return "started";
  } catch (error) {
    await storage.close();
    return (error as { readonly code: string }).code;
  }
}

async function withManifest(change: (manifest: Manifest) => Manifest): Promise<MemoryPlace> {
  const place = await stopped();
  const storage = await place.open(kv);
  const manifest = decodeManifest((await storage.manifest()) as Uint8Array);
  await storage.checkpoint({ manifest: encodeManifest(change(manifest)), changes: [], names: [] });
  await storage.close();
  return place;
}

async function withJournal(...entries: readonly Uint8Array[]): Promise<MemoryPlace> {
  const place = await stopped();
  const storage = await place.open(kv);
  for (const entry of entries) storage.append(entry);
  await storage.close();
  return place;
}

test("as it was left, it starts", async () => {
  expect(await codeOfStart(await stopped())).toBe("started");
});

test.each([
  ["changed", (records: MemoryState["records"]) => records.set(first(records), Uint8Array.of(9))],
  ["gone", (records: MemoryState["records"]) => records.delete(first(records))],
  ["too many", (records: MemoryState["records"]) => records.set("00".repeat(32), null)],
])("records that are %s do not lead to the checkpoint's root", async (_, change) => {
  const place = await stopped();
  place.tamper(({ records }) => change(records));
  expect(await codeOfStart(place)).toBe("storage_damaged");
});

function first(records: MemoryState["records"]): string {
  const [digest] = records.keys();
  return digest as string;
}

test("another root than the checkpoint's is refused by the enclave", async () => {
  const place = await withManifest((manifest) => ({ ...manifest, rootValue: Uint8Array.of(0, 0) }));
  expect(await codeOfStart(place)).toBe("checkpoint_root");
});

test("a checkpoint that is none is refused", async () => {
  const place = await withManifest((manifest) => {
    const [ancestor] = manifest.lineage;
    return { ...manifest, lineage: [{ ...ancestor!, checkpoint: Uint8Array.of(1) }] };
  });
  expect(await codeOfStart(place)).toBe("storage_damaged");
});

test("a manifest that is none is refused", async () => {
  const place = await stopped();
  const storage = await place.open(kv);
  await storage.checkpoint({ manifest: Uint8Array.of(123), changes: [], names: [] });
  await storage.close();
  expect(await codeOfStart(place)).toBe("storage_damaged");
});

test("a journal that names no epoch, or leaves one out, is refused", async () => {
  expect(await codeOfStart(await withJournal(Uint8Array.of(1)))).toBe("storage_damaged");
  const leap = new EntryWriter(100).view();
  expect(await codeOfStart(await withJournal(leap))).toBe("storage_damaged");
  const past = new EntryWriter(0).view();
  expect(await codeOfStart(await withJournal(past))).toBe("storage_damaged");
});

test(`a lineage of ${LINEAGE_MAX} instances is the end`, async () => {
  const filled = (length: number) =>
    withManifest((manifest) => {
      const ancestor = manifest.lineage.at(-1)!;
      return { ...manifest, lineage: Array.from({ length }, () => ancestor) };
    });
  expect(await codeOfStart(await filled(LINEAGE_MAX - 1))).toBe("started");
  expect(await codeOfStart(await filled(LINEAGE_MAX))).toBe("lineage_full");
});
