// SPDX-License-Identifier: Apache-2.0
import { usageError } from "../exit.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:7070`, `localhost:0`, `[::1]:7070`. Port 0 lets the system choose. */
const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/;
const PORT_MAX = 65_535;

/** @throws ZetaError `usage`. */
export function parseAddress(text: string): Address {
  const match = ADDRESS.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > PORT_MAX) {
    throw usageError(`expected HOST:PORT such as 127.0.0.1:7070, got ${JSON.stringify(text)}`);
  }
  return { host: match[1] ?? match[2] ?? "", port };
}
