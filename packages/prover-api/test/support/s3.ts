// SPDX-License-Identifier: Apache-2.0
import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface TestS3 {
  readonly server: http.Server;
  readonly objects: Map<string, Buffer>;
  readonly endpoint: string;
}

/** A small S3 server: objects by path, nothing signed is checked. */
export function startS3(): Promise<TestS3> {
  const objects = new Map<string, Buffer>();
  const server = http.createServer(async (request, response) => {
    const path = request.url ?? "";
    const object = objects.get(path);
    if (request.method === "PUT") {
      objects.set(path, await buffer(request));
      response.writeHead(200, { etag: '"x"' }).end();
    } else if (object === undefined) {
      response.writeHead(404).end();
    } else {
      response.writeHead(200, { "content-length": object.length, etag: '"x"' });
      response.end(request.method === "HEAD" ? undefined : object);
    }
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({ server, objects, endpoint: `http://127.0.0.1:${port}/batches` });
    });
  });
}
