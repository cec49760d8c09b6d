// SPDX-License-Identifier: Apache-2.0

import type { Metrics } from "../metrics.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { plainResponses } from "./answers.ts";
import type { App } from "./app-type.ts";

/** `GET /metrics` in the Prometheus text format. */
export function metricsRoutes(app: App, engine: ServiceEngine, metrics: Metrics): void {
  app.get(
    "/metrics",
    {
      schema: {
        summary: "Metrics for Prometheus",
        response: plainResponses({ 200: { description: "the text format", type: "text/plain" } }),
      },
    },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.text(engine.instance)),
  );
}
