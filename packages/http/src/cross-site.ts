// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { shown } from "./shown.ts";

export interface CrossSiteRules {
  /** Origins of pages that may ask, or `*`. */
  readonly origins: ReadonlySet<string>;
  /** May somebody follow a link from a foreign page to here? The page itself, then, is not answered, and cannot read the answer. */
  readonly mayNavigate: boolean;
  /** What the operator lists origins with; null: nothing does. */
  readonly setting: string | null;
}

/**
 * Why a request is not answered that a page of another origin makes; null: it is none, or may be made. A page cannot read the answer, but a
 * request that is "simple" (a form, an image, a `no-cors` fetch, a beacon) is sent all the same, and would run. Browsers say whose request it is
 * in Sec-Fetch-Site (W3C Fetch Metadata) and older ones, where it may change something, in Origin; no page can write either. Programs send neither.
 */
export function crossSiteRefusal(request: IncomingMessage, rules: CrossSiteRules): string | null {
  const { headers, method } = request;
  if (isOwn(headers)) return null;
  const { origin } = headers;
  if (rules.origins.has("*") || (origin !== undefined && rules.origins.has(origin))) return null;
  if (rules.mayNavigate && isNavigation(method, headers)) return null;
  const unless = rules.setting === null ? "" : ` unless it is one of ${rules.setting}`;
  const got = origin === undefined ? "another origin" : shown(origin);
  return `expected a request of no page of another origin${unless}, got one of ${got}`;
}

function isOwn(headers: IncomingHttpHeaders): boolean {
  const { host, origin, "sec-fetch-site": site } = headers;
  // `none`: somebody typed the address. `same-site` is foreign: sites have no ports, so all of localhost is one.
  if (site !== undefined) return site === "same-origin" || site === "none";
  // The scheme may differ: who speaks TLS for this server speaks plain HTTP with it.
  return origin === undefined || origin.replace(/^https?:\/\//, "") === host?.toLowerCase();
}

/** A link that was followed in a tab of its own; no frame, in which a foreign page could show it. */
function isNavigation(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return (
    isRead && headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document"
  );
}
