// SPDX-License-Identifier: Apache-2.0
import { AGGREGATE_THREAD, decodeViolation } from "@zeta/protocol/violation";
import type { EpochEvents } from "@zeta/service/epoch-events";

/** What is looked at of an engine. Attacks can put another instance in the place of the first. */
export interface Watched {
  readonly events: Pick<EpochEvents, "follow">;
  readonly instance: { readonly violation: Uint8Array | null };
}

/**
 * Tells once in a line that the monitor has refused this service's log: clients hear of it by themselves, but whoever runs the service
 * must hear of it, too.
 *
 * @returns stops watching.
 */
export function tellViolation(engine: Watched, tell: (line: string) => void): () => void {
  let isTold = false;
  const wake = (): void => {
    const { violation } = engine.instance;
    if (violation === null || isTold) return;
    isTold = true;
    tell(violationText(violation));
  };
  return engine.events.follow({ wake, end: () => {} });
}

function violationText(statement: Uint8Array): string {
  const { check, epoch, thread } = decodeViolation(statement).violation;
  const where = thread === AGGREGATE_THREAD ? "" : `, monitor thread ${thread}`;
  return (
    `VIOLATION: the monitor refused this service's log and signed that: check ${check}, epoch ${epoch}${where}. ` +
    "Nothing more is certified, calls are answered 503; the statement is at /v1/violations. Stop this service"
  );
}
