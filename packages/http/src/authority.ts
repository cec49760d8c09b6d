// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from "node:net";

/** `host[:port]` of RFC 3986 §3.2.2 without user information, which no Host header has; a port may be empty there. */
const AUTHORITY = /^(\[[0-9a-z:.%]+\]|[a-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?$/i;

/** The absolute form of a request target (RFC 9112 §3.2.2): authority, and what stands in its place in a target of the usual form. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * The host that a Host header or the authority of a target names: lower case, without port and without the dot that ends a name; an IPv6
 * address in brackets. Empty where none is named; null for what is no authority. Whoever sends the request chooses every character.
 *
 * @example
 * hostOf("LocalHost.:7070"); // "localhost"
 * hostOf("[::1]:7070"); // "[::1]"
 * hostOf("me@localhost"); // null
 */
export function hostOf(authority: string): string | null {
  const [, host] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined) return null;
  if (host.startsWith("[")) return isIPv6(host.slice(1, -1)) ? host.toLowerCase() : null;
  return host.replace(/\.$/, "").toLowerCase();
}

/** The authority of a target in absolute form; null: the target is of another form. */
export function authorityOf(target: string): string | null {
  return ABSOLUTE.exec(target)?.[1] ?? null;
}

/** A target in absolute form as one in origin form, which routers and handlers know; others as they are. */
export function originForm(target: string): string {
  const [, , rest] = ABSOLUTE.exec(target) ?? [];
  if (rest === undefined) return target;
  return rest.startsWith("/") ? rest : `/${rest}`;
}
