// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

/** Bytes that are no command. The message is what Redis says; the connection ends with it, since nobody knows where the next command begins. */
export class RespProtocolError extends ZetaError<"resp_protocol"> {
  constructor(message: string) {
    super("resp_protocol", `Protocol error: ${message}`);
  }
}
