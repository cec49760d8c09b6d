// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";

/** Sends bytes, and returns the whole answer. */
export async function talk(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(bytes, "latin1");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer;
}
