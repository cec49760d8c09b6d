// SPDX-License-Identifier: Apache-2.0
/** Debian's Chromium for the tests that need a real browser, where it is installed. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";

/** No sandbox, because tests may run as root; nothing that would reach for the network by itself. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Can tests have a real browser here? */
export const hasChromium = existsSync(EXECUTABLE);

// Continuous integration must not skip by accident what it is there for.
if (process.env.ZETA_REQUIRE_CHROMIUM === "1" && !hasChromium) {
  throw new Error(`ZETA_REQUIRE_CHROMIUM: expected Debian's chromium at ${EXECUTABLE}, got none`);
}

if (!hasChromium) {
  console.log(`skipped: tests in a real browser; install Debian's chromium (${EXECUTABLE})`);
}

export function startChromium(...more: readonly string[]): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: [...ARGUMENTS, ...more] });
}
