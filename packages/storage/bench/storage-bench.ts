// SPDX-License-Identifier: Apache-2.0
/**
 * Measures one storage: entries appended and flushed, a checkpoint of many records, and reading them back.
 *
 * node packages/storage/bench/run.mjs PLACE [RECORDS]
 */
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { openStorage } from "../src/open-storage.ts";

const [place = "", records = "1000000"] = process.argv.slice(2);
const RECORDS = Number(records);
const VALUE = new Uint8Array(100).fill(7);
const ENTRY = new Uint8Array(100).fill(9);
const FLUSHES = 200;
const ENTRIES_PER_FLUSH = 1000;

function* changes() {
  for (let n = 0; n < RECORDS; n++) {
    yield { digest: createHash("sha256").update(`${n}`).digest(), value: VALUE };
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const tell = (what: string, took: number, count: number) =>
  console.log(`${what.padEnd(34)}${took.toFixed(2)} s   ${Math.round(count / took)} /s`);

const storage = await openStorage(place, { serviceId: "bench" });
console.log(storage.place);

const appended = await seconds(async () => {
  for (let i = 0; i < FLUSHES; i++) {
    for (let n = 0; n < ENTRIES_PER_FLUSH; n++) storage.append(ENTRY);
    await storage.flush();
  }
});
tell(`entries, ${ENTRIES_PER_FLUSH} a flush`, appended, FLUSHES * ENTRIES_PER_FLUSH);

const flushed = await seconds(async () => {
  for (let i = 0; i < FLUSHES; i++) {
    storage.append(ENTRY);
    await storage.flush();
  }
});
tell("entries, one a flush", flushed, FLUSHES);

let packed = 0;
let longest = 0;
let isSaved = false;
const saved = await seconds(async () => {
  const start = performance.now();
  const saving = storage.checkpoint({ manifest: ENTRY, changes: changes(), names: [] });
  packed = (performance.now() - start) / 1000;
  // How long others wait for a turn of the event loop meanwhile.
  const watch = async () => {
    for (let last = performance.now(); !isSaved; last = performance.now()) {
      await setImmediate();
      longest = Math.max(longest, performance.now() - last);
    }
  };
  const watching = watch();
  await saving;
  isSaved = true;
  await watching;
});
tell(`checkpoint of ${RECORDS} records`, saved, RECORDS);
console.log(
  `  of it, packing (synchronous)    ${packed.toFixed(2)} s; then longest turn ${longest.toFixed(0)} ms`,
);

const again = await seconds(() =>
  storage.checkpoint({ manifest: ENTRY, changes: changes(), names: [] }),
);
tell("the same over what is there", again, RECORDS);

let count = 0;
const read = await seconds(async () => {
  for await (const piece of storage.records()) count += piece.length;
});
if (count !== RECORDS) throw new Error(`expected ${RECORDS} records, got ${count}`);
tell("reading them back", read, RECORDS);
await storage.close();
