// SPDX-License-Identifier: Apache-2.0
/**
 * How an entry ends, and what refused it. The check recorded is that of the first failure: nothing runs after one.
 */
export const DONE: i32 = 0;
/** A check of the entry failed: the thread's flag is set; the verdict comes at the next entry or at the end of the frame. */
export const FAILED: i32 = 1;
/** The entry is refused at its own position. */
export const REFUSED: i32 = 2;
/** The entry is not well-formed. */
export const MALFORMED: i32 = 3;
/** The application call is refused. */
export const APP_REFUSED: i32 = 4;
/** The entry waits for the aggregate's answer. */
export const YIELDED: i32 = 5;
/** The entry waits for what a function of the service makes of its records. */
export const CALLING: i32 = 6;

/** The check that refused; 0 is `ok`. */
export let failedCheck: i32 = 0;

/** Records the check and gives back the outcome. */
function because(check: i32, outcome: i32): i32 {
  failedCheck = check;
  return outcome;
}

export function fail(check: i32): i32 {
  return because(check, FAILED);
}

export function refuse(check: i32): i32 {
  return because(check, REFUSED);
}

export function malformed(check: i32): i32 {
  return because(check, MALFORMED);
}

export function refuseCall(check: i32): i32 {
  return because(check, APP_REFUSED);
}
