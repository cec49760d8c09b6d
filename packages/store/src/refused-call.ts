// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

/** A call that cannot happen here, whatever its function says. */
export function storeFull(): ZetaError<"store_full"> {
  return new ZetaError("store_full", "expected room for another record or value, got a full store");
}

/** Its records must be in the monitor's slots and value memory together. */
export function callTooLarge(): ZetaError<"store_full"> {
  return new ZetaError(
    "store_full",
    "expected a call whose records fit together into the monitor's slots and value memory, got a larger one",
  );
}

/** Whoever hands out calls must know whose keys they name. */
export function foreignKey(): ZetaError<"foreign_key"> {
  return new ZetaError("foreign_key", "expected a key of this worker, got one that another owns");
}
