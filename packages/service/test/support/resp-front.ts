// SPDX-License-Identifier: Apache-2.0
import { pino } from "pino";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { KeyCatalogue } from "../../src/key-catalogue.ts";
import { createRespMetrics } from "../../src/resp/metrics.ts";
import { RespFront, type RespFrontOptions } from "../../src/resp/resp-front.ts";
import { RawClient } from "./resp.ts";
import { createTestService, type TestOptions, type TestService } from "./service.ts";

export interface TestFront {
  readonly front: RespFront;
  readonly port: number;
  readonly service: TestService;
  readonly catalogue: KeyCatalogue;
  readonly registry: Registry;
  /** A fresh connection. */
  client(): RawClient;
}

/** A front on a free port. Its service goes with the test. */
export async function startFront(
  options: Partial<RespFrontOptions> & { readonly service?: TestOptions } = {},
): Promise<TestFront> {
  const { service: serviceOptions = {}, ...frontOptions } = options;
  const catalogue = frontOptions.catalogue ?? new KeyCatalogue();
  const service = createTestService({ slots: 512, ...serviceOptions, observe: catalogue.observe });
  const registry = new Registry();
  const front = new RespFront({
    engine: service.engine,
    catalogue,
    metrics: createRespMetrics(registry),
    logger: pino({ level: "silent" }),
    ...frontOptions,
  });
  const port = await front.listen("127.0.0.1", 0);
  const clients: RawClient[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.socket.destroy();
    const closed = front.close(1000);
    service.clock.advance(1000);
    await closed;
    await service.close();
  });
  const client = () => {
    const one = new RawClient(port);
    clients.push(one);
    return one;
  };
  return { front, port, service, catalogue, registry, client };
}
