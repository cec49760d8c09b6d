// SPDX-License-Identifier: Apache-2.0
import type { Executed } from "../engine-call.ts";
import { RECEIPTS_REMEMBERED } from "./limits.ts";

/** A call that ran for a connection, by which its receipt is found. */
export interface Operation {
  readonly requestId: string;
  readonly epoch: number;
  readonly thread: number;
}

/** The digest of a watched record's value; null: it had none. */
export type Watched = ReadonlyMap<
  string,
  { readonly key: Buffer; readonly digest: Uint8Array | null }
>;

/** Commands between MULTI and EXEC. */
export interface Transaction {
  readonly commands: (readonly Buffer[])[];
  bytes: number;
  /** A command could not be queued: EXEC refuses all. */
  isAborted: boolean;
}

/** What a connection has said and done so far. */
export class Session {
  /** Counted from 1, as `CLIENT ID` says. */
  readonly id: number;
  readonly address: string;
  name = "";
  libraryName = "";
  libraryVersion = "";
  transaction: Transaction | null = null;
  watched: Watched = new Map();
  /** The connection ends after the answers so far. */
  isEnding = false;
  #operations: readonly Operation[] = [];
  #lastEpoch: number | null = null;

  constructor(id: number, address: string) {
    this.id = id;
    this.address = address;
  }

  /** The calls of the last command that made any, at most {@link RECEIPTS_REMEMBERED} of them. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** The newest epoch in which a call of this connection ran; null: none did. */
  get lastEpoch(): number | null {
    return this.#lastEpoch;
  }

  /** A command ran these calls, at least one. Results are not kept. */
  remember(calls: readonly Executed[]): void {
    const last = calls.slice(-RECEIPTS_REMEMBERED);
    this.#operations = last.map(({ requestId, epoch, thread }) => ({
      requestId: requestId ?? "",
      epoch,
      thread,
    }));
    for (const { epoch } of last) {
      if (this.#lastEpoch === null || epoch > this.#lastEpoch) this.#lastEpoch = epoch;
    }
  }
}
