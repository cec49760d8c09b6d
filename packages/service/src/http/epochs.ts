// SPDX-License-Identifier: Apache-2.0
import { toHex } from "@zeta/protocol/hex";
import type { LatestEpochAnswer, ViolationsAnswer } from "@zeta/protocol/http-api";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { certificateAnswer } from "../certificate-log.ts";
import { refuse } from "../problem.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { plainResponses, responses } from "./answers.ts";
import type { App } from "./app-type.ts";
import { EpochStream } from "./epoch-stream.ts";
import { Hex } from "./schemas.ts";

const LatestSchema = Type.Object({
  current: Type.Integer({ description: "epoch that calls run in now" }),
  certified: Type.Union([Type.Integer(), Type.Null()]),
  certificate: Type.Union([Hex, Type.Null()]),
});

const CertificateSchema = Type.Object({
  epoch: Type.Integer(),
  operations: Type.String({ description: "calls certified so far, since the empty store" }),
  previous: Hex,
  hash: Hex,
  certificate: Hex,
});

/** A u32 without leading zeros. */
const EPOCH = "^(0|[1-9][0-9]{0,9})$";
const EpochParams = Type.Object({ epoch: Type.String({ pattern: EPOCH }) });
const StreamQuery = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        pattern: EPOCH,
        description: "first epoch to replay; may be one of an instance before",
      }),
    ),
  },
  { additionalProperties: false },
);

/** `GET /v1/epochs/...` and `GET /v1/violations`: what the enclave signed. Served whatever happens to the monitor. */
export function epochRoutes(app: App, engine: ServiceEngine): void {
  app.get(
    "/v1/epochs/latest",
    {
      schema: {
        summary: "The current epoch and the newest certificate",
        response: responses(LatestSchema, "where certification stands"),
      },
    },
    async (): Promise<LatestEpochAnswer> => {
      const { epoch, certificates } = engine.instance;
      const certified = certificates.latest;
      const certificate = certified === null ? null : certificates.get(certified);
      return {
        current: epoch,
        certified,
        certificate: certificate === null ? null : toHex(certificate),
      };
    },
  );
  app.get(
    "/v1/epochs/:epoch/certificate",
    {
      schema: {
        summary:
          "The certificate of an epoch, by this instance or by the one before it to which the epoch belongs",
        params: EpochParams,
        response: responses(CertificateSchema, "the signed statement and what is in it"),
      },
    },
    async (request) => certificateAnswer(certificateOf(engine, Number(request.params.epoch))),
  );
  app.get(
    "/v1/epochs/stream",
    {
      schema: {
        summary: "Server-sent events: certificate and violation; resumes after Last-Event-ID",
        querystring: StreamQuery,
        response: plainResponses({
          200: { description: "events that carry what was signed", type: "text/event-stream" },
        }),
      },
    },
    (request, reply) => {
      const stream = new EpochStream(engine, firstEpoch(request, request.query.from));
      reply.header("x-accel-buffering", "no");
      return reply.type("text/event-stream").send(stream);
    },
  );
  app.get(
    "/v1/violations",
    {
      schema: {
        summary: "Violation statements signed by the monitor against this service",
        response: responses(Type.Object({ violations: Type.Array(Hex) }), "signed statements"),
      },
    },
    async (): Promise<ViolationsAnswer> => {
      const { violation } = engine.instance;
      return { violations: violation === null ? [] : [toHex(violation)] };
    },
  );
}

function certificateOf(engine: ServiceEngine, epoch: number): Uint8Array {
  const { epoch: current, certificates } = engine.instance;
  const certificate = certificates.get(epoch);
  if (certificate !== null) return certificate;
  if (epoch > current) {
    refuse("epoch_unknown", `expected an epoch up to ${current}, got ${epoch}`);
  }
  if (epoch < certificates.first) {
    refuse(
      "epoch_unknown",
      `expected an epoch from ${certificates.first} on, got ${epoch}, which is gone`,
    );
  }
  refuse("epoch_pending", `expected a certified epoch, got ${epoch}, which is not certified yet`);
}

/** The epoch a stream begins with; null: the newest certificate. */
function firstEpoch(request: FastifyRequest, from: string | undefined): number | null {
  const last = request.headers["last-event-id"];
  if (typeof last === "string" && new RegExp(EPOCH).test(last)) return Number(last) + 1;
  return from === undefined ? null : Number(from);
}
