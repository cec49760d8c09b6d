// SPDX-License-Identifier: Apache-2.0
import type { ReceiptAnswer } from "@zeta/protocol/http-api";
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { RECEIPT_IDS_MAX, WAIT_MS_MAX } from "../limits.ts";
import { refuse } from "../problem.ts";
import type { ServiceEngine } from "../service-engine.ts";
import { responses } from "./answers.ts";
import type { App } from "./app-type.ts";
import { ReceiptAnswerSchema, RequestId, UnknownReceiptSchema } from "./schemas.ts";

const Query = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: "^(0|[1-9][0-9]{0,4})$",
        description: "milliseconds to wait for certification, 0..30000",
      }),
    ),
  },
  { additionalProperties: false },
);

const Ids = Type.Object(
  { ids: Type.Array(RequestId, { maxItems: RECEIPT_IDS_MAX }) },
  { additionalProperties: false },
);

const Receipts = Type.Object({
  receipts: Type.Array(Type.Union([ReceiptAnswerSchema, UnknownReceiptSchema])),
});

type UnknownReceipt = { readonly status: "unknown"; readonly requestId: string };

/** `GET /v1/receipts/{id}` and, for many at once, `POST /v1/receipts`. */
export function receiptRoutes(app: App, engine: ServiceEngine): void {
  app.get(
    "/v1/receipts/:id",
    {
      schema: {
        summary:
          "The receipt of an answer, provisional or certified, by this instance or one before it; waits if asked to",
        params: Type.Object({ id: RequestId }),
        querystring: Query,
        response: responses(ReceiptAnswerSchema, "the receipt"),
      },
    },
    async (request, reply): Promise<ReceiptAnswer> => {
      const wait = Number(request.query.wait ?? "0");
      if (wait > WAIT_MS_MAX) {
        refuse("invalid_request", `expected wait of at most ${WAIT_MS_MAX} ms, got ${wait}`);
      }
      const answer = await receiptWithin(engine, request.params.id, wait, hangUpSignal(reply));
      return answer ?? refuseUnknown(engine, request.params.id);
    },
  );
  app.post(
    "/v1/receipts",
    {
      schema: {
        summary: "Receipts of many answers",
        body: Ids,
        response: responses(Receipts, "in the order asked for"),
      },
    },
    async (request) => {
      const receipts: (ReceiptAnswer | UnknownReceipt)[] = [];
      for (const requestId of request.body.ids) {
        const answer = await engine.receipt(requestId);
        receipts.push(answer ?? { status: "unknown", requestId });
      }
      return { receipts };
    },
  );
}

async function receiptWithin(
  engine: ServiceEngine,
  requestId: string,
  milliseconds: number,
  signal: AbortSignal,
): Promise<ReceiptAnswer | null> {
  const answer = await engine.receipt(requestId);
  if (answer?.status !== "provisional" || milliseconds === 0) return answer;
  await engine.events.whenCertified(engine.instance, answer.epoch, milliseconds, signal);
  return engine.receipt(requestId);
}

/** Aborts when the client goes away: nobody reads the answer any more. */
function hangUpSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => controller.abort());
  return controller.signal;
}

function refuseUnknown(engine: ServiceEngine, requestId: string): never {
  const { retention } = engine.instance.receipts;
  refuse("receipt_unknown", `expected an id that was used lately, got ${requestId}; ${retention}`);
}
