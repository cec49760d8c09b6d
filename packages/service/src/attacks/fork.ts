// SPDX-License-Identifier: Apache-2.0
import type { Attack } from "./lie.ts";
import { instanceWith } from "./second-instance.ts";

/**
 * A second enclave on a copy of the present data serves from now on, with certificates of its own. A cleverer host would leave other clients
 * with the first enclave; to the client that is moved it looks the same: nothing but the chain of certificates tells the two apart.
 */
export const fork: Attack = async ({ engine, history }) => {
  engine.replaceInstance(instanceWith(engine, history.dataAt(history.writes)));
  history.rewind(history.writes);
  return "a second enclave on a copy of the data serves from now on, with its own certificates";
};
