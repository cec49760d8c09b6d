// SPDX-License-Identifier: Apache-2.0
import { describeError } from "../exit.ts";

/**
 * What a service says of itself when it can serve no longer: a write failed, or an assumption did not hold. Clients are told so by
 * themselves; whoever runs the service must hear of it, and his supervisor by the exit code.
 */
export class FaultWatch {
  #first: Error | null = null;
  #isOver = false;
  readonly #tell: (line: string) => void;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  /** Tells of the first fault: others follow from it. */
  readonly hear = (error: Error): void => {
    if (this.#first !== null || this.#isOver) return;
    this.#first = error;
    this.#tell(
      `FAILED: ${describeError(error)}. Nothing more is certified, calls are answered with an error. ` +
        "Stop this service, mend the cause and start it again",
    );
  };

  /** The start failed, which is told by itself: what follows from it is no news. */
  end(): void {
    this.#isOver = true;
  }

  /** @throws the fault, if there was one: a service that failed has not ended well. */
  assertNone(): void {
    if (this.#first !== null) throw this.#first;
  }
}
