// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import staticFiles from "@fastify/static";
import { ZetaError } from "@zeta/protocol/error";
import type { App } from "./app-type.ts";

/**
 * What the page may do in a browser: nothing comes from elsewhere and nothing goes elsewhere, nobody frames it, no code but its files. A page
 * that shows what a host says must not become a page that runs it.
 */
const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/** The build puts a hash of the content into the names of these files, so none of them ever changes. */
const NAMED_BY_CONTENT = /^assets\//;

/** A year: as long as HTTP caches are asked to keep anything (RFC 9111 has no limit, practice has). */
const FOREVER = "public, max-age=31536000, immutable";

/**
 * Serves the files below a directory, found once at the start, and `index.html` as `/`. Every other path stays what it was: a problem with
 * a code.
 *
 * @throws ZetaError `config_invalid` for a directory without `index.html`.
 */
export function pageRoutes(app: App, directory: string): void {
  if (!existsSync(join(directory, "index.html"))) {
    throw new ZetaError("config_invalid", `expected index.html in ${directory}, got none`);
  }
  app.register(staticFiles, {
    root: directory,
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    preCompressed: true,
    globIgnore: ["**/*.gz"],
    setHeaders: (reply, path) => {
      const name = relative(directory, path).split(sep).join("/");
      reply.header("cache-control", NAMED_BY_CONTENT.test(name) ? FOREVER : "no-cache");
      reply.header("content-security-policy", POLICY);
      reply.header("cross-origin-opener-policy", "same-origin");
      reply.header("referrer-policy", "no-referrer");
      reply.header("x-content-type-options", "nosniff");
    },
  });
}
