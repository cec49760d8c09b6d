// SPDX-License-Identifier: Apache-2.0

/** What `fail` throws. It carries no more than the code: the monitor lets nothing else of a refused call out. */
export class Failure extends Error {
  readonly failure: string;

  constructor(failure: string) {
    super(failure);
    this.failure = failure;
  }
}

/**
 * Ends an operation with "this call must not have happened": nothing is written, nothing is certified, and the caller hears the code. A
 * negative answer that shall be certified, such as "wrong password", is an ordinary result instead.
 *
 * @param code lower-case words joined by `_`, at most 64 characters.
 * @example
 * if (from === null) fail("no_such_account");
 */
export function fail(code: string): never {
  throw new Failure(code);
}
