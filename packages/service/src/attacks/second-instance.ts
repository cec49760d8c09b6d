// SPDX-License-Identifier: Apache-2.0
import { encodeKvArgument, kvFunctionNumber } from "@zeta/protocol/kv";
import type { Engine } from "../engine.ts";
import type { Instance } from "../instance.ts";

/** Calls between two looks of the monitor, so that the log of a large copy does not pile up. */
const CALLS_PER_FRAME = 1000;

/** A fresh enclave that has been fed these data as if clients had written them. */
export function instanceWith(
  engine: Engine,
  data: Iterable<readonly [key: Uint8Array, value: Uint8Array]>,
): Instance {
  const instance = engine.createInstance();
  let calls = 0;
  for (const [key, value] of data) {
    const argument = encodeKvArgument({ operation: "put", key, value });
    instance.run({ function: kvFunctionNumber("put"), argument, requestId: null });
    if (++calls % CALLS_PER_FRAME === 0) instance.verify();
  }
  instance.verify();
  return instance;
}
