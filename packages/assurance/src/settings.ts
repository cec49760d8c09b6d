// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from "node:os";
import { assert } from "@zeta/protocol/error";

/** A whole number from the environment, such as ZETA_SEED. */
export function numberSetting(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined) return otherwise;
  const number = Number(text);
  assert(Number.isSafeInteger(number) && number >= 0, `a whole number in ${name}, got ${text}`);
  return number;
}

/** Processes to work with: ZETA_WORKERS, or one per core. */
export function workersSetting(): number {
  return Math.max(1, numberSetting("ZETA_WORKERS", availableParallelism()));
}
