// SPDX-License-Identifier: Apache-2.0
import { createDeflate, constants as zlib } from "node:zlib";
import { batchReceiptsRoot, type EpochReceipts, encodeBatchHeader } from "@zeta/protocol/batch";
import { concatBytes } from "@zeta/protocol/bytes";
import type { EpochCertificate } from "@zeta/protocol/certificate";
import { assert } from "@zeta/protocol/error";
import { rootHash } from "@zeta/protocol/root-value";
import type { SealedBatch } from "./sealed-batch.ts";

/** The monitor that the log is written for. */
export interface MonitorShape {
  readonly threads: number;
  readonly slots: number;
  readonly valueMemoryBytes: number;
}

export interface BatchStart {
  readonly number: number;
  readonly service: string;
  readonly shape: MonitorShape;
  readonly firstEpoch: number;
  /** Value of the root at rest before the first epoch. */
  readonly rootValue: Uint8Array;
}

/** Writes down one batch while it happens: the frames as the monitor took them, compressed on their way. */
export class BatchRecorder {
  readonly #start: BatchStart;
  readonly #deflate = createDeflate({ level: zlib.Z_BEST_SPEED });
  readonly #compressed: Uint8Array[] = [];
  readonly #ended: Promise<void>;
  readonly #receipts: EpochReceipts[] = [];
  #nextEpoch: number;
  #logBytes = 0;

  constructor(start: BatchStart) {
    this.#start = start;
    this.#nextEpoch = start.firstEpoch;
    this.#deflate.on("data", (chunk: Uint8Array) => this.#compressed.push(chunk));
    this.#ended = new Promise((resolve, reject) => {
      this.#deflate.once("end", resolve);
      this.#deflate.once("error", reject);
    });
  }

  get number(): number {
    return this.#start.number;
  }

  /** Epochs certified so far. */
  get epochs(): number {
    return this.#nextEpoch - this.#start.firstEpoch;
  }

  get logBytes(): number {
    return this.#logBytes;
  }

  /** A frame that the monitor has accepted; it is not changed any more. */
  frame(thread: number, log: Uint8Array): void {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(thread, 0);
    head.writeUInt32BE(log.length, 2);
    this.#deflate.write(head);
    this.#deflate.write(log);
    this.#logBytes += head.length + log.length;
  }

  certificate({ epoch, threads }: EpochCertificate): void {
    assert(epoch === this.#nextEpoch, `epoch ${this.#nextEpoch} of the batch, got ${epoch}`);
    this.#nextEpoch++;
    for (const [thread, receipts] of threads.entries()) {
      this.#receipts.push({ epoch, thread, ...receipts });
    }
  }

  /**
   * Ends the batch with the last certified epoch.
   *
   * @throws ZetaError `D.length` when it grew beyond what a batch may be.
   */
  async seal(rootValue: Uint8Array): Promise<SealedBatch> {
    const { shape, rootValue: previousRootValue, ...rest } = this.#start;
    const header = {
      ...rest,
      ...shape,
      lastEpoch: this.#nextEpoch - 1,
      previousRootValue,
      root: rootHash(rootValue),
      receiptsRoot: batchReceiptsRoot(this.#receipts),
      logBytes: this.#logBytes,
    };
    const head = encodeBatchHeader(header);
    this.#deflate.end();
    await this.#ended;
    return { header, data: concatBytes(head, ...this.#compressed) };
  }
}
