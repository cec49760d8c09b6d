// SPDX-License-Identifier: Apache-2.0
import { AllowedHosts } from "@zeta/http/allowed-hosts";
import { crossSiteRefusal } from "@zeta/http/cross-site";
import { ZetaError } from "@zeta/protocol/error";
import type { ProblemCode } from "@zeta/tee-api/problem";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Decides from the head of a request, before anything else looks at it, whether it is answered. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => ZetaError<ProblemCode> | null;

/** No page asks this server; links to what it shows may be followed, since reading changes nothing here. */
const NO_PAGES = { origins: new Set<string>(), mayNavigate: true, setting: null };

/** To be made before the server listens. */
export function createGuard(server: FastifyInstance["server"], names: ReadonlySet<string>): Guard {
  const hosts = new AllowedHosts(server, { names, setting: "allowHosts" });
  return (request, reply) => {
    const refusal = hostRefusal(hosts, request) ?? pageRefusal(request);
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
  const code = refused.kind === "malformed" ? "malformed_request" : "host_not_allowed";
  return new ZetaError<ProblemCode>(code, refused.detail);
}

function pageRefusal({ raw }: FastifyRequest): ZetaError<ProblemCode> | null {
  const detail = crossSiteRefusal(raw, NO_PAGES);
  return detail === null ? null : new ZetaError<ProblemCode>("origin_not_allowed", detail);
}
