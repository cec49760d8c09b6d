// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { SERVICE_ID_BYTES_MAX } from "@zeta/protocol/limits";
import { storageError } from "./storage-errors.ts";

/** Of the layout in all places; another one is refused, never guessed at. */
export const FORMAT_VERSION = 1;

/** What a place says of itself: `zeta.storage 1 kv`. */
export function formatLine(serviceId: string): string {
  assert(
    /^[\x21-\x7e]+$/.test(serviceId) && serviceId.length <= SERVICE_ID_BYTES_MAX,
    `a service id is 1 to ${SERVICE_ID_BYTES_MAX} printable ASCII characters`,
  );
  return `zeta.storage ${FORMAT_VERSION} ${serviceId}`;
}

/**
 * Checks what a place says of itself.
 *
 * @throws ZetaError `storage_foreign`.
 */
export function checkFormatLine(place: string, told: string, serviceId: string): void {
  const expected = formatLine(serviceId);
  if (told === expected) return;
  throw storageError(
    "storage_foreign",
    `expected "${expected}" in ${place}, got ${JSON.stringify(told.slice(0, 100))}`,
  );
}
