// SPDX-License-Identifier: Apache-2.0
import { lineageToJson } from "@zeta/attestation/service-lineage";
import Type from "typebox";
import type { ServiceEngine } from "../service-engine.ts";
import { responses } from "./answers.ts";
import type { App } from "./app-type.ts";
import { AttestationSchema } from "./attestation.ts";
import { Hex } from "./schemas.ts";

const LineageSchema = Type.Object({
  format: Type.String(),
  version: Type.Integer(),
  ancestors: Type.Array(
    Type.Object({
      attestation: AttestationSchema,
      checkpoint: Type.Unsafe<string>({ ...Hex, description: "signed by the ancestor" }),
    }),
    { description: "oldest first; each began where the one before it made its checkpoint" },
  ),
});

/** `GET /v1/lineage`: the instances that this one continues, so that a client can follow its history back to the empty store. */
export function lineageRoutes(app: App, engine: ServiceEngine): void {
  app.get(
    "/v1/lineage",
    {
      schema: {
        summary: "The instances before this one",
        response: responses(LineageSchema, "none: the instance began with an empty store"),
      },
    },
    async () => lineageToJson(engine.instance.lineage),
  );
}
