// SPDX-License-Identifier: Apache-2.0
import { equalBytes } from "@zeta/protocol/bytes";
import type { EpochCertificate } from "@zeta/protocol/certificate";
import { assert, ZetaError } from "@zeta/protocol/error";
import { toHex } from "@zeta/protocol/hex";
import { EMPTY_ROOT_VALUE, rootHash } from "@zeta/protocol/root-value";
import type { Clock } from "../clock.ts";
import type { LogRecorder } from "../instance.ts";
import type { InstanceAtRest } from "../instance-at-rest.ts";
import { BATCH_EPOCHS, BATCH_LOG_BYTES, BATCH_LOG_BYTES_FULL } from "../limits.ts";
import type { Sealer } from "../sealer.ts";
import { BatchRecorder, type MonitorShape } from "./batch-recorder.ts";
import type { BatchSink, SealedBatch } from "./sealed-batch.ts";

export interface BatchSealerOptions {
  readonly sink: BatchSink;
  readonly serviceId: string;
  readonly shape: MonitorShape;
  readonly clock: Clock;
  /** Epochs of a batch. Default {@link BATCH_EPOCHS}. */
  readonly epochs?: number;
  /** Log bytes after which a batch is sealed before it has all its epochs. Default {@link BATCH_LOG_BYTES}. */
  readonly logBytes?: number;
  /** Log bytes after which no calls are taken until the batch is sealed. Default {@link BATCH_LOG_BYTES_FULL}. */
  readonly logBytesFull?: number;
  /** Hears each batch that was taken by the sink. */
  readonly onSealed?: (batch: SealedBatch) => void;
  /** Hears why a batch could not be written; it is tried again. */
  readonly onTrouble?: (error: unknown, batch: number) => void;
}

const RETRY_MS = { first: 500, max: 30_000 } as const;

/**
 * Cuts the service's log into batches and hands them to a sink, one after the other. While the sink is slow or down the next batch simply
 * grows; when it is full the service takes no more calls, so nothing is lost and memory is bounded.
 */
export class BatchSealer implements Sealer {
  readonly recorder: LogRecorder = this;
  readonly journal = null;
  readonly isDueAtEnd = true;
  readonly #options: BatchSealerOptions;
  readonly #epochs: number;
  readonly #logBytes: number;
  readonly #logBytesFull: number;
  #recorder: BatchRecorder;
  #writing: Promise<void> | null = null;
  #isClosing = false;
  /** Ends the wait for the next attempt. */
  #wake: () => void = () => {};

  /**
   * Starts a sealer for a store in which nothing is yet.
   *
   * @throws ZetaError `batches_present` when the sink holds batches that do not end where this store begins.
   */
  static async open(options: BatchSealerOptions): Promise<BatchSealer> {
    const last = await options.sink.last();
    if (last !== null && !equalBytes(last.root, rootHash(EMPTY_ROOT_VALUE))) {
      throw new ZetaError(
        "batches_present",
        `expected no batches of another run, got batch ${last.number} with root ${toHex(last.root)}: this service starts empty`,
      );
    }
    return new BatchSealer(options, (last?.number ?? 0) + 1);
  }

  private constructor(options: BatchSealerOptions, number: number) {
    this.#options = options;
    this.#epochs = options.epochs ?? BATCH_EPOCHS;
    this.#logBytes = options.logBytes ?? BATCH_LOG_BYTES;
    this.#logBytesFull = options.logBytesFull ?? BATCH_LOG_BYTES_FULL;
    assert(this.#epochs >= 1, `at least one epoch in a batch, got ${this.#epochs}`);
    this.#recorder = this.#begin(number, 0, EMPTY_ROOT_VALUE);
  }

  /** Should the present epoch be the last of its batch? */
  get isDue(): boolean {
    if (this.#writing !== null) return false;
    const { epochs, logBytes } = this.#recorder;
    return epochs + 1 >= this.#epochs || logBytes >= this.#logBytes;
  }

  /** No more calls: the batch is as large as it may be, and the one before is still being written. */
  get isFull(): boolean {
    return this.#recorder.logBytes >= this.#logBytesFull;
  }

  frame(thread: number, log: Uint8Array): void {
    this.#recorder.frame(thread, log);
  }

  certificate(certificate: EpochCertificate): void {
    this.#recorder.certificate(certificate);
  }

  /** The batch ends here and the next begins. */
  finish({ epoch, rootValue }: InstanceAtRest): void {
    const ended = this.#recorder;
    this.#recorder = this.#begin(ended.number + 1, epoch, rootValue);
    const before = this.#writing ?? Promise.resolve();
    const writing = before.then(() => this.#write(ended, rootValue));
    this.#writing = writing;
    // After a failure the chain of batches has ended: nothing is due any more, and when the next batch is full no more calls are taken.
    writing.then(
      () => {
        if (this.#writing === writing) this.#writing = null;
      },
      () => {},
    );
  }

  /** Resolves when all batches are taken; rejects with what a batch could not be sealed for. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake();
    try {
      await this.#writing;
    } finally {
      await this.#options.sink.close();
    }
  }

  #begin(number: number, firstEpoch: number, rootValue: Uint8Array): BatchRecorder {
    const { serviceId, shape } = this.#options;
    return new BatchRecorder({ number, service: serviceId, shape, firstEpoch, rootValue });
  }

  async #write(recorder: BatchRecorder, rootValue: Uint8Array): Promise<void> {
    const { number } = recorder;
    const { onSealed, onTrouble } = this.#options;
    try {
      const batch = await recorder.seal(rootValue);
      await this.#put(batch);
      onSealed?.(batch);
    } catch (error) {
      onTrouble?.(error, number);
      throw error;
    }
  }

  async #put(batch: SealedBatch): Promise<void> {
    for (let wait: number = RETRY_MS.first; ; wait = Math.min(2 * wait, RETRY_MS.max)) {
      // While the service runs any trouble may pass; at its end there is this one attempt.
      const isLast = this.#isClosing;
      try {
        return await this.#options.sink.put(batch);
      } catch (error) {
        if (isLast) throw error;
        this.#options.onTrouble?.(error, batch.header.number);
      }
      if (!this.#isClosing) await this.#pause(wait);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(milliseconds, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
