// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyStorage } from "../src/copy-storage.ts";
import { MemoryPlace } from "../src/memory/memory-place.ts";
import { openStorage } from "../src/open-storage.ts";
import type { Storage } from "../src/storage.ts";
import { content, everythingIn, expected, page, record, text } from "./support/contents.ts";

const KV = { serviceId: "kv" };

test("a storage is copied into an empty place of another kind, as a whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "zeta-copy-"));
  const from = await new MemoryPlace().open(KV);
  from.append(text("before"));
  const records = [record(1, "a"), record(2, null)];
  await from.checkpoint(
    content("m", records, [{ name: text("x"), isThere: true }], [page(4, "p")]),
  );
  from.append(text("after"));
  const to = await openStorage(`lmdb:${folder}/data`, KV);
  const heard: string[] = [];
  const onProgress = (what: string, count: number) => heard.push(`${what} ${count}`);
  expect(await copyStorage(from, to, { onProgress })).toEqual({
    records: 2,
    names: 1,
    pages: 1,
    entries: 1,
  });
  expect(heard).toEqual(["records 2", "names 1", "pages 1", "entries 1", "checkpoint 4"]);
  await to.close();
  const again = await openStorage(`lmdb:${folder}/data`, KV);
  expect(await everythingIn(again)).toEqual(expected("m", records, ["x"], ["after"], [[4, "p"]]));
  await expect(copyStorage(from, again)).rejects.toMatchObject({ code: "storage_foreign" });
  await again.close();
  rmSync(folder, { recursive: true });
});

test("one without a checkpoint is its journal", async () => {
  const from = await new MemoryPlace().open(KV);
  from.append(text("1"));
  const to = await new MemoryPlace().open(KV);
  await copyStorage(from, to);
  expect(await everythingIn(to)).toEqual(expected(null, [], [], ["1"]));
  await expect(copyStorage(from, to)).rejects.toMatchObject({ code: "storage_foreign" });
});

test("one that is given up before it is written leaves nothing", async () => {
  const from = await new MemoryPlace().open(KV);
  await from.checkpoint(content("m", [record(1, "a")], [{ name: text("x"), isThere: true }]));
  const to = await new MemoryPlace().open(KV);
  const stop = new AbortController();
  const onProgress = (what: string) => what === "names" && stop.abort(new Error("enough"));
  await expect(copyStorage(from, to, { onProgress, signal: stop.signal })).rejects.toThrow(
    "enough",
  );
  expect(await everythingIn(to)).toEqual(expected(null));
});

/** A place that takes so many writes, and is then as one whose process was killed. */
async function killedAfter(writes: number, from: Storage): Promise<MemoryPlace> {
  const place = new MemoryPlace();
  place.failNextWrite(new Error("killed"), writes);
  await expect(copyStorage(from, await place.open(KV))).rejects.toMatchObject({
    code: "storage_failed",
  });
  place.crash();
  return place;
}

test.each([
  ["with a checkpoint", "m"],
  ["without one", null],
])(
  "a copy of a source %s that is killed is no storage, whenever, and is begun anew",
  async (_name, manifest) => {
    const from = await new MemoryPlace().open(KV);
    const records = manifest === null ? [] : [record(1, "a")];
    if (manifest !== null) await from.checkpoint(content(manifest, records));
    const entries = ["1", "2", "3"];
    for (const entry of entries) from.append(text(entry));
    await from.flush();
    const untouched = await (await killedAfter(0, from)).open(KV);
    expect(await everythingIn(untouched)).toEqual(expected(null));
    for (const writes of [1, 2]) {
      const to = await (await killedAfter(writes, from)).open(KV);
      const refusal = await to.manifest().catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: "storage_unfinished" });
      expect(String(refusal)).toContain("expected all of a storage in memory");
      await copyStorage(from, to);
      expect(await everythingIn(to)).toEqual(expected(manifest, records, [], entries));
    }
  },
);
