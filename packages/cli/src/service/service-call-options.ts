// SPDX-License-Identifier: Apache-2.0
import type { CallCommandOptions } from "../kv/client-command.ts";

export interface ServiceCallOptions extends CallCommandOptions {
  /** Name or file of the service that is expected; without it, whatever the host says it runs. */
  readonly service?: string;
  /** Earlier releases whose data it may go on with: names, files, or SHA-256 of their code. */
  readonly former?: readonly string[];
  /** File of the key that signs. */
  readonly key?: string;
  readonly sequence?: number;
}
