// SPDX-License-Identifier: Apache-2.0

/**
 * Lets commands of this front that read and then write the same record do so one after the other. Nothing rests on it: a command that somebody
 * else was faster than begins anew. But without it, of fifty connections that count up one record forty-nine would do so each time.
 */
export class KeyLocks {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs the work when all that was begun earlier over one of the keys is done. All keys are taken at once, so nobody waits in a circle. */
  async hold<T>(keys: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const names = new Set(keys);
    const earlier: Promise<void>[] = [];
    let release = (): void => {};
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const name of names) {
      const last = this.#last.get(name);
      if (last !== undefined) earlier.push(last);
      this.#last.set(name, done);
    }
    try {
      if (earlier.length > 0) await Promise.all(earlier);
      return await work();
    } finally {
      release();
      for (const name of names) if (this.#last.get(name) === done) this.#last.delete(name);
    }
  }
}
