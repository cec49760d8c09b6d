// SPDX-License-Identifier: Apache-2.0
/** A process that writes to a storage until no more fits, says what it heard, and goes on living. */
import { writeSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { openStorage } from "../../src/open-storage.ts";
import { content, record } from "./contents.ts";

const [place = "", what = "entries"] = process.argv.slice(2);
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

const storage = await openStorage(place, { serviceId: "kv" });
let written = 0;
const write = async (): Promise<void> => {
  if (what === "checkpoint") {
    return storage.checkpoint(content("m", [record(written, Buffer.alloc(400_000))]));
  }
  storage.append(Buffer.alloc(200_000));
  storage.append(Buffer.alloc(200_000));
  return storage.flush();
};
try {
  for (; written < 100; written++) await write();
} catch (error) {
  say({ written, code: (error as { code?: string }).code });
}
// What the library leaves to itself comes in a later turn.
await setTimeout(50);
await storage.close().catch(() => {});
say({ alive: true });
