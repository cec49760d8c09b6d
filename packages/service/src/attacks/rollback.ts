// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "./lie.ts";
import { instanceWith } from "./second-instance.ts";

/**
 * The service starts its enclave again on an older copy of the data: as they were before the last write of the key. A fresh enclave has a
 * fresh key, so its certificates do not continue the chain that clients know.
 */
export const rollback: Attack = async ({ engine, history }, { key }) => {
  const sequence = history.lastWrite(key) - 1;
  engine.replaceInstance(instanceWith(engine, history.dataAt(sequence)));
  history.rewind(sequence);
  return "the enclave was started again on the data as they were before the last write of this key";
};
