// SPDX-License-Identifier: Apache-2.0
/** Answers to what Node does not hand over as a request: problems all the same. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type BareStatus, bareProblem } from "./bare-problem.ts";
import { PROBLEM_TYPE } from "./problem-type.ts";

/** A server's own problems of two kinds; their status is set here. */
export interface BareProblems {
  /** What came is not HTTP as it should be. */
  malformed(detail: string): object;
  methodNotAllowed(detail: string): object;
}

type ClientError = Error & { readonly code?: string; readonly reason?: string };

/**
 * For `clientErrorHandler`: bytes that are not HTTP, headers that are too long, a request that takes too long. There is no request to answer
 * yet.
 */
export function clientErrorAnswers(
  problems: BareProblems,
): (error: ClientError, socket: Duplex) => void {
  return (error, socket) => {
    if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const [status, detail] = whatWasWrong(error);
    end(socket, status, problems.malformed(detail));
  };
}

function whatWasWrong({ code, reason, message }: ClientError): readonly [BareStatus, string] {
  if (code === "HPE_HEADER_OVERFLOW") {
    return [431, "expected a shorter request line and headers, got more than fit"];
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return [408, "expected a whole request in time, got a part of one"];
  }
  return [400, `expected a whole HTTP request, got other bytes: ${reason ?? message}`];
}

/** CONNECT, and an Expect that is no `100-continue`, which Node answers with nothing and with an empty 417. */
export function answerBareRequests(server: Server, problems: BareProblems): void {
  server.on("connect", ({ method }: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    const detail = `expected a method of /openapi.json, got ${method}`;
    end(socket, 405, problems.methodNotAllowed(detail));
  });
  server.on("checkExpectation", ({ headers }: IncomingMessage, response: ServerResponse) => {
    const detail = `expected no Expect but 100-continue, got ${headers.expect}`;
    const problem = { ...problems.malformed(detail), status: 417 };
    response.writeHead(417, { "content-type": PROBLEM_TYPE, connection: "close" });
    response.end(JSON.stringify(problem));
  });
}

function end(socket: Duplex, status: BareStatus, problem: object): void {
  socket.end(bareProblem({ ...problem, status }));
}
