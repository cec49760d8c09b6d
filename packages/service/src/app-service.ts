// SPDX-License-Identifier: Apache-2.0

import { CheckedCall } from "@zeta/app/checked-call";
import { recordsPerCallMax } from "@zeta/app/manifest";
import type { Program } from "@zeta/app/program";
import { codeHash, loadProgram } from "@zeta/app/sandbox/load-program";
import type { FunctionTable } from "@zeta/store/function-table";

/** A service in TypeScript as the untrusted side runs it. The enclave loads the same code by itself. */
export interface AppService {
  readonly code: string;
  /** SHA-256 of the code. */
  readonly codeHash: Uint8Array;
  readonly program: Program;
  /** The functions as the store calls them. */
  readonly functions: FunctionTable;
}

/**
 * Loads the code of a service, as `bundleService` makes it.
 *
 * @throws ZetaError `service_code_refused` or `service_invalid`.
 */
export function loadAppService(code: string): AppService {
  const program = loadProgram(code);
  return { code, codeHash: codeHash(code), program, functions: functionTable(program) };
}

/** The functions of a program for a store: each call is run twice, and refused before anything is logged. */
export function functionTable(program: Program): FunctionTable {
  return {
    recordsPerCallMax: recordsPerCallMax(program.manifest),
    functions: program.operations.map(
      ({ number }) =>
        (argument) =>
          new CheckedCall(program, number, argument),
    ),
  };
}
