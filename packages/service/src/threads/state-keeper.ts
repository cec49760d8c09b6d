// SPDX-License-Identifier: Apache-2.0
import { assert, ZetaError } from "@zeta/protocol/error";
import type { Clock } from "../clock.ts";
import type { EpochEvents } from "../epoch-events.ts";
import type { InstanceAtRest } from "../instance-at-rest.ts";
import type { Sealer } from "../sealer.ts";
import { JournalOrder } from "./journal-order.ts";
import type { ThreadedInstance } from "./threaded-instance.ts";

/** The engine of several threads whose state is kept. */
export interface KeptEngine {
  readonly instance: ThreadedInstance;
  readonly events: EpochEvents;
  readonly clock: Clock;
  /** @throws MonitorFailedError, or why nothing runs any more. */
  readonly assertHolds: () => void;
  /** Resolves when no call is under way. */
  readonly whenIdle: () => Promise<void>;
  /** Calls may run again. */
  readonly goOn: () => void;
  /** Nothing more may run. */
  readonly failed: (error: Error) => void;
}

/** Ends the present epoch with the whole tree at rest, while no call is under way, and looks at it when that is certified. */
export async function bringToRest<T>(
  { instance, events, assertHolds }: KeptEngine,
  look: (rested: InstanceAtRest) => Promise<T>,
): Promise<T> {
  const epoch = instance.announceSeal();
  await instance.seal();
  assertHolds();
  instance.publishUpTo(epoch);
  await events.whenCertified(instance, epoch, null);
  assertHolds();
  return look(await instance.atRest());
}

/** Keeps what an engine of several threads runs: writes the calls down, and brings the tree to rest now and then. */
export class StateKeeper {
  readonly journal: JournalOrder;
  readonly #engine: KeptEngine;
  readonly #sealer: Sealer;
  #sealing: Promise<void> | null = null;

  constructor(engine: KeptEngine, sealer: Sealer) {
    const { journal } = sealer;
    assert(journal !== null, "somebody who writes calls down");
    this.#engine = engine;
    this.#sealer = sealer;
    this.journal = new JournalOrder(journal, engine.instance.epoch);
  }

  /** No more calls for now. */
  get isFull(): boolean {
    return this.#sealer.isFull;
  }

  /** Until it resolves no calls run; null: they do. */
  get sealing(): Promise<void> | null {
    return this.#sealing;
  }

  /** Should the present epoch end with the tree at rest? */
  isDue(isAtEnd: boolean): boolean {
    return isAtEnd ? this.#sealer.isDueAtEnd : this.#sealer.isDue;
  }

  /** Certified implies durable: the epoch's certificate is told when all that ran in it is written. */
  epochLeft(epoch: number): void {
    const { instance, failed } = this.#engine;
    this.journal.epochOver(epoch).then(() => instance.publishUpTo(epoch), failed);
  }

  /** Ends the present epoch with the tree at rest; returns it. */
  seal(): number {
    const { instance, goOn, failed } = this.#engine;
    const epoch = instance.announceSeal();
    this.#sealing = this.#seal(epoch).then(
      () => {
        this.#sealing = null;
        goOn();
      },
      // After a violation the threads are not at rest, either: that is no fault of its own.
      (error) => {
        if (instance.violation === null) failed(error);
      },
    );
    return epoch;
  }

  /** Every call of the epoch runs to its end, and is written down; then the whole tree comes to rest, and is kept as it is. */
  async #seal(epoch: number): Promise<void> {
    const { whenIdle, assertHolds, instance } = this.#engine;
    await whenIdle();
    assertHolds();
    await this.journal.epochOver(epoch);
    await bringToRest(this.#engine, async (rested) => this.#sealer.finish(rested));
    await instance.handOut();
  }

  /** False: sealing takes longer. */
  whenSealed(deadlineMs: number): Promise<boolean> {
    return this.#inTime(deadlineMs, this.#sealing ?? Promise.resolve());
  }

  /**
   * A place that is down must not keep the process: what it has not taken by then is lost, and said so.
   *
   * @throws ZetaError `write_late`; why something could not be written.
   */
  async close(deadlineMs: number): Promise<void> {
    // What is sealed is not with the sealer before its records are collected.
    const written = (this.#sealing ?? Promise.resolve()).then(() => this.#sealer.close());
    if (await this.#inTime(deadlineMs, written)) return;
    throw new ZetaError("write_late", "expected what was sealed to be written in time");
  }

  async #inTime(deadlineMs: number, awaited: Promise<void>): Promise<boolean> {
    let cancel = () => {};
    const late = new Promise<boolean>((resolve) => {
      cancel = this.#engine.clock.after(deadlineMs, () => resolve(false));
    });
    try {
      return await Promise.race([awaited.then(() => true), late]);
    } finally {
      cancel();
    }
  }
}
