// SPDX-License-Identifier: Apache-2.0
import { fail, operation, record, t } from "../index.ts";

/** Seconds since 1970-01-01; the end of the year 9999. */
const TIME_MAX = 253_402_300_799;

export const time = t.integer({ minimum: 0, maximum: TIME_MAX });

/**
 * The service's time, in seconds: a record, because functions have no clock. It only moves forward. Whoever may call the service may move
 * it, its host included, so every answer that depends on it says it, and a client with a watch of his own compares.
 */
export const clock = record({ key: t.choice(["clock"]), value: time });

/** Moves the clock. */
export const advanceClock = operation({
  arguments: t.object({ time }),
  result: t.object({ time }),
  touches: { clock },
  keys: () => ({ clock: "clock" }),
  run(args, records) {
    if (args.time <= (records.clock ?? 0)) fail("not_after_now");
    return { result: { time: args.time }, writes: { clock: args.time } };
  },
});
