// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";

export const DEFAULT_URL = "http://127.0.0.1:7070";

/**
 * The address of a service, without path, query or credentials.
 *
 * @throws ZetaError `usage`.
 */
export function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain =
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.username === "" &&
    url.password === "" &&
    url.pathname === "/" &&
    url.search === "" &&
    url.hash === "";
  if (!plain) {
    throw usageError(
      `expected a service's URL such as ${DEFAULT_URL}, got ${JSON.stringify(text)}`,
    );
  }
  return url.origin;
}
