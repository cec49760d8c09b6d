// SPDX-License-Identifier: Apache-2.0
import Type from "typebox";

/** Shapes of `@zeta/protocol/http-api` as JSON schemas: they check small requests and document all of them. */

export const Hex = Type.String({ pattern: "^[0-9a-f]*$", description: "lower-case hex" });
export const Base64 = Type.String({ description: "base64 with padding" });
export const RequestId = Type.String({
  pattern: "^[0-9a-f]{32}$",
  description: "16 random bytes of the client, as 32 lower-case hex digits",
});

export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String({ description: "stable, for programs" }),
  detail: Type.String(),
  violation: Type.Optional(Hex),
});

const OPERATION_MEMBERS = {
  requestId: Type.Optional(RequestId),
  encoding: Type.Optional(
    Type.Union([Type.Literal("base64"), Type.Literal("utf8")], {
      description: "of key and value; base64 unless said",
    }),
  ),
  key: Type.String(),
  value: Type.Optional(Type.String({ description: "put only" })),
};

export const OperationBody = Type.Object(OPERATION_MEMBERS, { additionalProperties: false });

export const OperationRequestSchema = Type.Object(
  { operation: Type.String({ description: "get, put or delete" }), ...OPERATION_MEMBERS },
  { additionalProperties: false },
);

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
