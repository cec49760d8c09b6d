// SPDX-License-Identifier: Apache-2.0
import { serviceAttestationToJson } from "@zeta/attestation/service-attestation";
import Type from "typebox";
import type { ServiceEngine } from "../service-engine.ts";
import { responses } from "./answers.ts";
import type { App } from "./app-type.ts";
import { Hex } from "./schemas.ts";

export const AttestationSchema = Type.Object({
  format: Type.String(),
  tee: Type.String({ description: "simulation: the quote proves nothing about hardware" }),
  quote: Hex,
  publicKey: Hex,
  instanceId: Hex,
  measurement: Hex,
  serviceId: Type.String(),
  profile: Type.String(),
  certificates: Type.Optional(Hex),
});

/** `GET /v1/attestation`: the signing key and the quote that binds it to the monitor's code. */
export function attestationRoutes(app: App, engine: ServiceEngine): void {
  app.get(
    "/v1/attestation",
    {
      schema: {
        summary: "The instance's key and quote",
        response: responses(AttestationSchema, "what a client checks first"),
      },
    },
    async () => serviceAttestationToJson(engine.instance.attestation),
  );
}
