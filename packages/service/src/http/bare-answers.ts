// SPDX-License-Identifier: Apache-2.0
/** Answers to what Node does not hand over as a request: problems all the same. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type BareStatus, bareProblem } from "@zeta/protocol/bare-problem";
import type { ProblemCode } from "@zeta/protocol/http-api";
import { problemOf } from "../problem.ts";
import { PROBLEM_TYPE } from "./errors.ts";

/** Bytes that are not HTTP, headers that are too long, a request that takes too long: there is no request to answer yet. */
export function answerClientError(
  error: Error & { readonly code?: string; readonly reason?: string },
  socket: Socket,
): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    end(socket, 431, "expected a shorter request line and headers, got more than 32 KiB");
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    end(socket, 408, "expected a whole request in time, got a part of one");
  } else {
    const why = error.reason ?? error.message;
    end(socket, 400, `expected a whole HTTP request, got other bytes: ${why}`);
  }
}

/** CONNECT, and an Expect that is no `100-continue`, which Node answers with nothing and with an empty 417. */
export function answerBareRequests(server: Server): void {
  server.on("connect", ({ method }: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => socket.destroy());
    end(socket, 405, `expected a method of /openapi.json, got ${method}`, "method_not_allowed");
  });
  server.on("checkExpectation", ({ headers }: IncomingMessage, response: ServerResponse) => {
    const detail = `expected no Expect but 100-continue, got ${headers.expect}`;
    const problem = { ...problemOf("invalid_request", detail), status: 417 };
    response.writeHead(417, { "content-type": PROBLEM_TYPE, connection: "close" });
    response.end(JSON.stringify(problem));
  });
}

function end(
  socket: Duplex,
  status: BareStatus,
  detail: string,
  code: ProblemCode = "invalid_request",
): void {
  socket.end(bareProblem({ ...problemOf(code, detail), status }));
}
