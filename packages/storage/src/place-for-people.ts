// SPDX-License-Identifier: Apache-2.0
import { storageError } from "./storage-errors.ts";

/** A place that is a URL, checked and without its password. */
export function placeForPeople(place: string): string {
  try {
    const url = new URL(place);
    url.password = "";
    return url.href;
  } catch (cause) {
    // The text may have a password in it: it is not repeated.
    throw storageError("storage_place_invalid", "expected a URL, got something else", cause);
  }
}
