// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { expel } from "@zeta/store/tampering";
import type { Engine } from "../../src/engine.ts";
import { putCall } from "./calls.ts";

/** Writes a record and leaves it alone for so long that it lies in the Merkle tree, where a look at it is verified at once. */
export async function makeCold(engine: Engine, key: string): Promise<void> {
  await engine.execute([putCall(key, "100")]);
  const others = Array.from({ length: 100 }, (_, i) => putCall(`filler ${i}`, "x"));
  for (let epoch = 0; epoch < 8; epoch++) await engine.closeEpoch();
  await engine.execute(others);
  for (let epoch = 0; epoch < 8; epoch++) await engine.closeEpoch();
  const place = expel(engine.instance.store, utf8(key));
  if (place !== "merkle") throw new Error(`${key} is not in the tree: ${place}`);
}
