// SPDX-License-Identifier: Apache-2.0
/** A process that opens a storage, checks it, writes at random, says what was promised to it, and kills itself in the middle. */
import { writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { openStorage } from "../../src/open-storage.ts";
import { checkpointAt, entryAt, randomFrom, readWhole } from "./crash-model.ts";

const [place = "", seed = "0"] = process.argv.slice(2);
const random = randomFrom(Number(seed));
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

const storage = await openStorage(place, { serviceId: "kv" });
let { k, entries } = await readWhole(storage);
say({ found: { k, entries } });

const fail = (error: unknown) => {
  say({ failed: String(error) });
  process.exit(3);
};

for (let steps = 1 + random(12); steps > 0; steps--) {
  for (let i = random(200); i > 0; i--) storage.append(entryAt(entries++));
  const promised = { k, entries };
  let written: Promise<unknown>;
  if (random(3) === 0) {
    k += 1;
    const saved = { k, entries };
    written = storage
      .checkpoint(checkpointAt(k, entries))
      .then(() => say({ promised: saved }), fail);
  } else written = storage.flush().then(() => say({ promised }), fail);
  // Some steps are waited for, others lie on top of each other.
  if (random(2) === 0) await written;
  for (let turns = random(30); turns > 0; turns--) await setImmediate();
}
process.kill(process.pid, "SIGKILL");
