// SPDX-License-Identifier: Apache-2.0
import Type from "typebox";
import type { ServiceEngine } from "../service-engine.ts";
import { responses } from "./answers.ts";
import type { App } from "./app-type.ts";

const Health = Type.Object({ status: Type.String() });

/** `GET /healthz`: the process answers. `GET /readyz`: calls are taken; 503 after a violation, a fault, or during shutdown. */
export function healthRoutes(app: App, engine: ServiceEngine): void {
  app.get(
    "/healthz",
    { schema: { summary: "Alive?", response: responses(Health, "alive") } },
    async () => ({ status: "ok" }),
  );
  app.get(
    "/readyz",
    { schema: { summary: "Taking calls?", response: responses(Health, "taking calls") } },
    async (_request, reply) => {
      const { refusal } = engine;
      if (refusal !== null) reply.code(503);
      return { status: refusal ?? "ready" };
    },
  );
}
