// SPDX-License-Identifier: Apache-2.0

import { shown } from "@zeta/http/shown";
import { utf8 } from "@zeta/protocol/bytes";
import { assert } from "@zeta/protocol/error";
import type { AttacksAnswer } from "@zeta/protocol/http-api";
import Type from "typebox";
import { ATTACKS, AttackHost } from "../attacks/attack-host.ts";
import { Engine } from "../engine.ts";
import { refuse } from "../problem.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { responses } from "./answers.ts";
import type { App } from "./app-type.ts";

const Body = Type.Object(
  {
    key: Type.String({ description: "the key to lie about, as text" }),
    mode: Type.Optional(
      Type.Union([Type.Literal("honest-log"), Type.Literal("lying-log")], {
        description: "stale-read: does the log repeat the lie? honest-log unless said",
      }),
    ),
  },
  { additionalProperties: false },
);

const Offer = Type.Object({
  allowed: Type.Boolean(),
  attacks: Type.Array(Type.String()),
});

const Armed = Type.Object({
  attack: Type.String(),
  armed: Type.Boolean(),
  detail: Type.String(),
});

/** `GET /v1/attacks`: does this service lie on demand? `POST /v1/attacks/{name}`: arms one lie. Only a service started for it lies. */
export function attackRoutes(app: App, engine: ServiceEngine, allowAttacks: boolean): void {
  assert(!allowAttacks || engine instanceof Engine, "attacks on one thread only");
  const host = allowAttacks && engine instanceof Engine ? new AttackHost(engine) : null;
  app.get(
    "/v1/attacks",
    {
      schema: {
        summary: "May it be asked to lie?",
        response: responses(Offer, "the lies it can tell"),
      },
    },
    async (): Promise<AttacksAnswer> => ({ allowed: host !== null, attacks: [...ATTACKS.keys()] }),
  );
  app.post(
    "/v1/attacks/:name",
    {
      schema: {
        summary: `Make the service lie: ${[...ATTACKS.keys()].join(", ")}`,
        params: Type.Object({ name: Type.String() }),
        body: Body,
        response: responses(Armed, "the lie is armed", 202),
      },
      preValidation: async () => {
        if (host === null) {
          refuse("attacks_disabled", "expected a service that allows attacks, got an honest one");
        }
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const attack = ATTACKS.get(name);
      if (attack === undefined || host === null) {
        refuse(
          "unknown_attack",
          `expected one of ${[...ATTACKS.keys()].join(", ")}, got ${shown(name)}`,
        );
      }
      const { key, mode = "honest-log" } = request.body;
      const detail = await host.arm(attack, { key: utf8(key), mode });
      return reply.code(202).send({ attack: name, armed: true, detail });
    },
  );
}
