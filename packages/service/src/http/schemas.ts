// SPDX-License-Identifier: Apache-2.0
import { TRANSACT_RECORDS_MAX } from "@zeta/protocol/limits";
import Type from "typebox";

/** Shapes of `@zeta/protocol/http-api` as JSON schemas: they check small requests and document all of them. */

export const Hex = Type.String({ pattern: "^[0-9a-f]*$", description: "lower-case hex" });
export const Base64 = Type.String({ description: "base64 with padding" });
export const RequestId = Type.String({
  pattern: "^[0-9a-f]{32}$",
  description: "16 random bytes of the client, as 32 lower-case hex digits",
});

const Digest = Type.String({
  pattern: "^[0-9a-f]{64}$",
  description: "BLAKE3-256 of the value, 64 lower-case hex digits",
});

export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String({ description: "stable, for programs" }),
  detail: Type.String(),
  violation: Type.Optional(Hex),
});

const CALL_MEMBERS = {
  requestId: Type.Optional(RequestId),
  encoding: Type.Optional(
    Type.Union([Type.Literal("base64"), Type.Literal("utf8")], {
      description: "of keys and values; base64 unless said",
    }),
  ),
};

const RECORD_MEMBERS = {
  ...CALL_MEMBERS,
  key: Type.String(),
  value: Type.Optional(Type.String({ description: "put only" })),
};

const exact = { additionalProperties: false };

const TransactItemSchema = Type.Object(
  {
    key: Type.String(),
    condition: Type.Optional(
      Type.Union(
        [
          Type.Literal("any"),
          Type.Literal("absent"),
          Type.Literal("present"),
          Type.Object({ equals: Digest }, exact),
        ],
        { description: "any unless said" },
      ),
    ),
    write: Type.Optional(
      Type.Union(
        [
          Type.Literal("keep"),
          Type.Literal("delete"),
          Type.Object({ put: Type.String({ description: "the new value" }) }, exact),
        ],
        { description: "keep unless said" },
      ),
    ),
  },
  exact,
);

const TRANSACT_MEMBERS = {
  ...CALL_MEMBERS,
  items: Type.Array(TransactItemSchema, {
    minItems: 1,
    maxItems: TRANSACT_RECORDS_MAX,
    description: "keys ascending bytewise; all are written if every condition holds, else none",
  }),
};

/** The body for one operation whose name is in the path. */
export const OperationBody = Type.Union([
  Type.Object(RECORD_MEMBERS, exact),
  Type.Object(TRANSACT_MEMBERS, exact),
]);

export const OperationRequestSchema = Type.Union([
  Type.Object(
    { operation: Type.String({ description: "get, put or delete" }), ...RECORD_MEMBERS },
    exact,
  ),
  Type.Object({ operation: Type.Literal("transact"), ...TRANSACT_MEMBERS }, exact),
]);

export const OperationAnswerSchema = Type.Object({
  requestId: RequestId,
  epoch: Type.Integer(),
  thread: Type.Integer(),
  result: Base64,
});

const ReceiptPlaceMembers = {
  requestId: RequestId,
  epoch: Type.Integer(),
  thread: Type.Integer(),
};

export const ReceiptAnswerSchema = Type.Union([
  Type.Object({ status: Type.Literal("provisional"), ...ReceiptPlaceMembers }),
  Type.Object({
    status: Type.Literal("certified"),
    ...ReceiptPlaceMembers,
    receipt: Hex,
    certificate: Hex,
  }),
]);

export const UnknownReceiptSchema = Type.Object({
  status: Type.Literal("unknown"),
  requestId: RequestId,
});
