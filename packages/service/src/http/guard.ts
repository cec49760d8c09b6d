// SPDX-License-Identifier: Apache-2.0
import { AllowedHosts } from "@zeta/http/allowed-hosts";
import { crossSiteRefusal } from "@zeta/http/cross-site";
import { ZetaError } from "@zeta/protocol/error";
import type { ProblemCode } from "@zeta/protocol/http-api";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { App } from "./app-type.ts";

/** Who may ask, beside programs and the service's own page. */
export interface Access {
  /** Names under which the service answers, beside `localhost` and addresses; as `hostNames` of `@zeta/http` has them. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of other pages that may ask; as `webOrigins` of `@zeta/http` has them. */
  readonly origins: ReadonlySet<string>;
}

/** Decides from the head of a request, before anything else looks at it, whether it is answered. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => ZetaError<ProblemCode> | null;

/** To be made before the server listens. */
export function createGuard(server: App["server"], { hosts: names, origins }: Access): Guard {
  const hosts = new AllowedHosts(server, { names, setting: "--allow-host" });
  return (request, reply) => {
    const refusal = hostRefusal(hosts, request) ?? pageRefusal(origins, request);
    // Nothing more is read of what it has to say.
    if (refusal !== null) reply.header("connection", "close");
    return refusal;
  };
}

function hostRefusal(
  hosts: AllowedHosts,
  { raw, originalUrl }: FastifyRequest,
): ZetaError<ProblemCode> | null {
  const refused = hosts.refusal(raw, originalUrl);
  if (refused === null) return null;
  const code = refused.kind === "malformed" ? "invalid_request" : "host_not_allowed";
  return new ZetaError<ProblemCode>(code, refused.detail);
}

function pageRefusal(
  origins: ReadonlySet<string>,
  { raw, routeOptions }: FastifyRequest,
): ZetaError<ProblemCode> | null {
  // Links from elsewhere lead to what people look at. One into the API would be a call: reading an absent key takes a place in the store.
  const mayNavigate = routeOptions.url?.startsWith("/v1/") !== true;
  const rules = { origins, mayNavigate, setting: "--allow-origin" };
  const detail = crossSiteRefusal(raw, rules);
  return detail === null ? null : new ZetaError<ProblemCode>("origin_not_allowed", detail);
}
