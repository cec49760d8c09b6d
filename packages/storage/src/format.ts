// SPDX-License-Identifier: Apache-2.0
import { assert } from "@zeta/protocol/error";
import { SERVICE_ID_BYTES_MAX } from "@zeta/protocol/limits";
import { storageError } from "./storage-errors.ts";

/** Of the layout in all places; one that is not known is refused, never guessed at. 2 has pages. */
export const FORMAT_VERSION = 2;

/** The layout before, which differs in nothing else: who opens it for writing makes it the newest. */
const FORMAT_VERSION_BEFORE = 1;

/** What a place says of itself: `zeta.storage 2 kv`. */
export function formatLine(serviceId: string, version = FORMAT_VERSION): string {
  assert(
    /^[\x21-\x7e]+$/.test(serviceId) && serviceId.length <= SERVICE_ID_BYTES_MAX,
    `a service id is 1 to ${SERVICE_ID_BYTES_MAX} printable ASCII characters`,
  );
  return `zeta.storage ${version} ${serviceId}`;
}

/**
 * Checks what a place says of itself.
 *
 * @returns is it the newest version?
 * @throws ZetaError `storage_foreign`.
 */
export function isNewestFormat(place: string, told: string, serviceId: string): boolean {
  const expected = formatLine(serviceId);
  if (told === expected) return true;
  if (told === formatLine(serviceId, FORMAT_VERSION_BEFORE)) return false;
  throw storageError(
    "storage_foreign",
    `expected "${expected}" in ${place}, got ${JSON.stringify(told.slice(0, 100))}`,
  );
}
