// SPDX-License-Identifier: Apache-2.0
import type { Random } from "@zeta/monitor/test/support/random";
import { ByteReader } from "@zeta/protocol/byte-reader";
import { concatBytes } from "@zeta/protocol/bytes";
import { readLogEntry } from "@zeta/protocol/log-entry";
import { type StoreOptions, StoreWorker } from "@zeta/store/store-worker";
import { flipBit } from "./flip-bit.ts";

export const LOG_LIES = [
  "flip",
  "cut",
  "lose",
  "repeat",
  "swap",
  "hold back",
  "reorder",
  "replay",
] as const;
export type LogLie = (typeof LOG_LIES)[number];

const HISTORY_MAX = 8;

/** An honest store behind a host that tampers with the log on its way to the monitor. */
export class LyingStore extends StoreWorker {
  readonly #random: Random;
  #armed: LogLie | null = null;
  /** To be read before the next log, or after it. */
  #heldBack: Uint8Array[] = [];
  #overtaken: Uint8Array[] = [];
  /** What the monitor has read, the last few frames. */
  #history: Uint8Array[] = [];
  /** Hears when a lie has been told. */
  onLie: (lie: LogLie) => void = () => {};

  constructor(options: StoreOptions, random: Random) {
    super(options);
    this.#random = random;
  }

  /** The next log that lends itself to it is tampered with. */
  arm(lie: LogLie): void {
    this.#armed = lie;
  }

  override drain(): Uint8Array[] {
    const written = super.drain();
    const overtaken = written.length > 0 ? this.#overtaken.splice(0) : [];
    const frames = [...this.#heldBack.splice(0), ...written, ...overtaken];
    const told = this.#lieAbout(frames);
    this.#history = [...this.#history, ...told].slice(-HISTORY_MAX);
    return told;
  }

  #lieAbout(frames: Uint8Array[]): Uint8Array[] {
    const lie = this.#armed;
    const [frame] = frames;
    if (lie === null || frame === undefined) return frames;
    const told = this.#tell(lie, frame);
    if (told === null) return frames;
    this.#armed = null;
    this.onLie(lie);
    return [...told, ...frames.slice(1)].filter(({ length }) => length > 0);
  }

  /** What reaches the monitor instead of a frame; null when the frame does not lend itself to the lie. */
  #tell(lie: LogLie, frame: Uint8Array): Uint8Array[] | null {
    const entries = entriesOf(frame);
    const at = this.#random.below(entries.length);
    const entry = entries[at] as Uint8Array;
    switch (lie) {
      case "flip":
        return [flipBit(frame, this.#random)];
      case "cut":
        return [frame.slice(0, this.#random.below(frame.length))];
      case "lose":
        return [concatBytes(...entries.toSpliced(at, 1))];
      case "repeat":
        return [concatBytes(...entries.toSpliced(at, 0, entry))];
      case "swap":
        return entries.length < 2 ? null : [concatBytes(...this.#random.shuffled(entries))];
      case "hold back":
        this.#heldBack = [frame];
        return [];
      case "reorder":
        this.#overtaken = [frame];
        return [];
      case "replay":
        return this.#history.length === 0 ? null : [this.#random.pick(this.#history), frame];
    }
  }
}

/** The entries of a frame that the store wrote, each as bytes. */
function entriesOf(frame: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(frame);
  const entries: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const start = reader.offset;
    readLogEntry(reader, "bytes");
    entries.push(frame.slice(start, reader.offset));
  }
  return entries;
}
