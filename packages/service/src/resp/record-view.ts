// SPDX-License-Identifier: Apache-2.0

/** What must still hold of a record when a command's writes are made. */
export type Pin = "nothing" | "presence" | "value";

/** One record of a view: what was read of it, what of that mattered, and what becomes of it. */
export interface ViewedRecord {
  readonly key: Buffer;
  /** As it was read; null: absent. Undefined: it was not read. */
  readonly before: Uint8Array | null | undefined;
  readonly pin: Pin;
  /** Undefined: it stays. Null: it is deleted. */
  readonly after: Uint8Array | null | undefined;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** A key as a text for maps: one character for each byte. */
export function keyName(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
}

/**
 * Records as commands see and change them before anything is written. It keeps in mind what of the read values an answer rests on, so that the writes
 * can be made if, and only if, that still holds.
 */
export class RecordView {
  readonly #records = new Map<string, Mutable<ViewedRecord>>();

  /** A value that was read. */
  provide(key: Buffer, value: Uint8Array | null): void {
    const record = this.#record(key);
    record.before = value;
  }

  /** The present value of a record, of which every byte matters. */
  get(key: Buffer): Uint8Array | null {
    return this.#look(key, "value");
  }

  /** Has the record a value, whichever? */
  has(key: Buffer): boolean {
    return this.#look(key, "presence") !== null;
  }

  set(key: Buffer, value: Uint8Array): void {
    this.#record(key).after = value;
  }

  delete(key: Buffer): void {
    this.#record(key).after = null;
  }

  /** Everything that was touched, keys in ascending order of their bytes. */
  records(): readonly ViewedRecord[] {
    return [...this.#records.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }

  #look(key: Buffer, pin: Pin): Uint8Array | null {
    const record = this.#record(key);
    if (record.after !== undefined) return record.after;
    if (record.before === undefined) throw new Error("expected a record that was read before");
    if (record.pin !== "value") record.pin = pin;
    return record.before;
  }

  #record(key: Buffer): Mutable<ViewedRecord> {
    const name = keyName(key);
    let record = this.#records.get(name);
    if (record === undefined) {
      record = { key, before: undefined, pin: "nothing", after: undefined };
      this.#records.set(name, record);
    }
    return record;
  }
}
