// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { ARGUMENT_BYTES_MAX, REQUEST_ID_BYTES } from "@zeta/protocol/limits";

export interface StoreCall {
  readonly function: number;
  readonly argument: Uint8Array;
  /** 16 random bytes of the client, or null for a call without receipt. */
  readonly requestId: Uint8Array | null;
}

export interface StoreOutcome {
  /** Nobody else changes it; it may share a buffer with the results of the same batch. */
  readonly result: Uint8Array;
  readonly epoch: number;
  /** Index among the epoch's receipt leaves of this thread, null without request id. */
  readonly leafIndex: bigint | null;
}

/** @throws ZetaError `D.length` for sizes that no call has, whatever its function. */
export function checkCall({ argument, requestId }: StoreCall): void {
  if (argument.length > ARGUMENT_BYTES_MAX) {
    throw new ZetaError(
      "D.length",
      `expected an argument of at most ${ARGUMENT_BYTES_MAX} bytes, got ${argument.length}`,
    );
  }
  if (requestId !== null && requestId.length !== REQUEST_ID_BYTES) {
    throw new ZetaError(
      "D.length",
      `expected a request id of ${REQUEST_ID_BYTES} bytes, got ${requestId.length}`,
    );
  }
}
