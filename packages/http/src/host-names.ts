// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { shown } from "./shown.ts";

/** A DNS name (RFC 1035 §2.3.4): labels of at most 63 characters; underscores are no part of it, and in use. */
const NAME = /^(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})*\.?$/i;
const NAME_CHARACTERS_MAX = 254;

/** What ends in a number is an address to whoever reads it (WHATWG URL, "ends in a number"), and addresses are answered anyway. */
const ENDS_IN_NUMBER = /(^|\.)[0-9]+\.?$/;

/** Without what URLs take for a name and no page has, such as `*`. */
const WEB_ORIGIN = /^https?:\/\/[a-z0-9._:[\]-]+$/;

/**
 * Names of hosts as an operator lists them, as they are compared: lower case, without the last dot.
 *
 * @param setting what they were given as, for the error.
 * @throws ZetaError `config_invalid` for what is no host name: with a port, with a wildcard, an address.
 * @example
 * hostNames(["Zeta.Example.org"], "--allow-host"); // Set { "zeta.example.org" }
 */
export function hostNames(names: readonly string[], setting: string): ReadonlySet<string> {
  return new Set(
    names.map((name) => {
      const isName = name.length <= NAME_CHARACTERS_MAX && NAME.test(name);
      if (isName && !ENDS_IN_NUMBER.test(name)) return name.replace(/\.$/, "").toLowerCase();
      throw new ZetaError(
        "config_invalid",
        `${setting}: expected a host name without port such as zeta.example.org, got ${shown(name)}`,
      );
    }),
  );
}

/**
 * Origins of web pages as an operator lists them: exactly as a browser writes them into Origin (RFC 6454 §6.2), or `*` for all.
 *
 * @param setting what they were given as, for the error.
 * @throws ZetaError `config_invalid` for what no browser would send: a path, a default port, capitals, `null`.
 * @example
 * webOrigins(["https://app.example.org", "http://localhost:5173"], "--allow-origin");
 */
export function webOrigins(origins: readonly string[], setting: string): ReadonlySet<string> {
  return new Set(
    origins.map((origin) => {
      if (origin === "*" || isWebOrigin(origin)) return origin;
      throw new ZetaError(
        "config_invalid",
        `${setting}: expected an origin such as https://app.example.org, or *, got ${shown(origin)}`,
      );
    }),
  );
}

function isWebOrigin(text: string): boolean {
  return WEB_ORIGIN.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
