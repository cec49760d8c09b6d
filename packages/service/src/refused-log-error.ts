// SPDX-License-Identifier: Apache-2.0
/** The monitor of a worker refused the log: a bug, or a host that lies. */
export class RefusedLogError extends Error {
  readonly check: string;

  constructor(check: string) {
    super(`expected an accepted log, got ${check}`);
    this.check = check;
  }
}
