// SPDX-License-Identifier: Apache-2.0
import type { Entry } from "./entry.ts";
import type { World } from "./world.ts";

/** Every entry that a log of this thread can be made of, sense or nonsense; {@link World.alphabetSize} of them. */
export function alphabetOf(world: World, thread: 0 | 1): Entry[] {
  const { keys } = world.shape;
  const slots = Array.from({ length: world.shape.slots[thread] }, (_, slot) => slot);
  const records = keys.flatMap((key) => world.valuesOf(key).map((value) => ({ key, value })));
  const { times } = world;
  const entries: Entry[] = [{ type: "NextEpoch" }, { type: "VerifyEpoch" }];
  for (const slot of slots) {
    for (const after of [0, 1, 2]) entries.push({ type: "Call", slot, after });
    for (const time of times) entries.push({ type: "EvictB", slot, time });
    for (const record of records) {
      for (const parent of slots) entries.push({ type: "AddM", ...record, slot, parent });
      for (const time of times.slice(0, -1)) {
        for (const by of [0, 1]) entries.push({ type: "AddB", ...record, slot, time, thread: by });
      }
    }
    for (const parent of slots) {
      entries.push({ type: "EvictM", slot, parent });
      for (const time of times) entries.push({ type: "EvictBM", slot, parent, time });
    }
  }
  return entries;
}
