// SPDX-License-Identifier: Apache-2.0
import { ProblemSchema } from "@zeta/tee-api/problem";
import { BatchParamsSchema } from "@zeta/tee-api/requests";
import { ROUTES, type Route, type RouteName } from "@zeta/tee-api/routes";

/** A route's part of the OpenAPI document. Validation uses the same schemas, in the handlers, where the answers' codes are ours. */
export function schemaOf(name: RouteName) {
  const route: Route = ROUTES[name];
  return {
    schema: {
      operationId: name,
      summary: route.summary,
      ...(route.body === undefined ? {} : { body: route.body }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(route.path.includes(":batch") ? { params: BatchParamsSchema } : {}),
      ...(route.operator === true ? { security: [{ operator: [] }] } : {}),
      response: {
        200: route.answer ?? { type: "string", format: "binary" },
        ...(route.mayBeEmpty === true ? { 204: { type: "null", description: "Nothing now" } } : {}),
        default: ProblemSchema,
      },
    },
  };
}
