// SPDX-License-Identifier: Apache-2.0

/** Looks up what is kept for an open epoch; null when the epoch cannot be addressed (any more). */
export interface EpochTable<T> {
  /** The cell of an epoch, made on first touch. Null: the epoch is outside the table. */
  touch(epoch: number): T | null;
  /** The cell of an epoch if there is one. */
  peek(epoch: number): T | null;
  /** Everything up to this epoch is finished and can be forgotten. */
  finish(epoch: number): void;
}

/**
 * The table of the reference monitor (profile `kv64`): `size` cells, epoch e lives in cell e mod
 * size. Touching an epoch above all earlier ones takes its cell over, whatever was in it; any other
 * epoch must still be where it was put. So an epoch that was skipped, or that lies `size` behind,
 * is lost for ever. Conformance demands exactly this rule.
 */
export function createReferenceTable<T>(
  size: number,
  fresh: () => T,
  firstEpoch = 0,
): EpochTable<T> {
  const cells = new Map<number, { readonly epoch: number; readonly value: T }>();
  let high = firstEpoch - 1;
  const peek = (epoch: number): T | null => {
    const cell = cells.get(epoch % size);
    return cell !== undefined && cell.epoch === epoch ? cell.value : null;
  };
  return {
    peek,
    touch(epoch) {
      if (epoch <= high) return peek(epoch);
      high = epoch;
      const value = fresh();
      cells.set(epoch % size, { epoch, value });
      return value;
    },
    finish() {},
  };
}

/**
 * The table of profile `bytes`: the `size` epochs after the last finished one. An epoch nobody
 * touched counts as empty, so honest idleness is never punished, and no epoch is ever overwritten.
 */
export function createWindowTable<T>(size: number, fresh: () => T, firstEpoch = 0): EpochTable<T> {
  const cells = new Map<number, T>();
  let first = firstEpoch;
  return {
    peek: (epoch) => cells.get(epoch) ?? null,
    touch(epoch) {
      if (epoch < first || epoch >= first + size) return null;
      const known = cells.get(epoch);
      if (known !== undefined) return known;
      const value = fresh();
      cells.set(epoch, value);
      return value;
    },
    finish(epoch) {
      for (; first <= epoch; first++) cells.delete(first);
    },
  };
}
