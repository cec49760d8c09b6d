// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";
import { parse } from "yaml";
import { oneLine } from "../exit.ts";
import { readCapped } from "./read-capped.ts";

/** A configuration is a page of text. */
const CONFIG_BYTES_MAX = 65_536;

/**
 * Reads a configuration in YAML (or JSON, which is YAML) and has it checked.
 *
 * @throws ZetaError `config_invalid`, naming the file and, when it is wrong, the member.
 */
export function readConfigFile<T>(path: string, check: (json: unknown) => T): T {
  try {
    return check(parsed(path));
  } catch (error) {
    if (!(error instanceof ZetaError)) throw error;
    const options = { cause: error };
    throw new ZetaError("config_invalid", `--config-path ${path}: ${error.message}`, options);
  }
}

function parsed(path: string): unknown {
  try {
    const text =
      readCapped(path, CONFIG_BYTES_MAX) ?? refuse(`at most ${CONFIG_BYTES_MAX} bytes`, "more");
    // Aliases could blow a small file up to a huge one. An empty file leaves everything at its default.
    return parse(text, { strict: true, uniqueKeys: true, maxAliasCount: 0 }) ?? {};
  } catch (error) {
    if (error instanceof ZetaError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if ("errno" in (error as object)) return refuse("a readable file", String(code));
    return refuse("YAML", oneLine(message.split("\n")[0] ?? ""));
  }
}

function refuse(expected: string, got: string): never {
  throw new ZetaError("config_invalid", `expected ${expected}, got ${got}`);
}
