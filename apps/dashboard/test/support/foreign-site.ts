// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/**
 * Somebody else's site on this machine, which answers under every name: an empty page at `/`, and what `script` gives at `/script.js` in it.
 *
 * @returns its port.
 */
export async function foreignSite(script: () => string = () => ""): Promise<number> {
  const server = createServer(({ url }, response) => {
    const isScript = url === "/script.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    const page = '<!doctype html><body><script type="module" src="/script.js"></script>';
    response.end(isScript ? script() : page);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
