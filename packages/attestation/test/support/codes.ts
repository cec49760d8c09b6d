// SPDX-License-Identifier: Apache-2.0
import { isAttestationError } from "../../src/error.ts";

/**
 * The code a call refuses with, `accepted` when it returns; anything else it throws is passed on
 * and fails the test.
 */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
    return "accepted";
  } catch (error) {
    if (isAttestationError(error)) return error.code;
    throw error;
  }
}
