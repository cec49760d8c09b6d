// SPDX-License-Identifier: Apache-2.0
import { ZetaError } from "@zeta/protocol/error";

/** V8 reserves so much address space for one WebAssembly memory, whatever is used of it: 4 GiB that it may grow to, and what it needs not to look at bounds. */
const WASM_RESERVATION_GIB = 10;

const OUT_OF_WASM_MEMORY = /Cannot allocate Wasm memory|could not allocate memory/i;

/** The limit of the system that an error is about, in a line that says which to raise; null: it is about none. */
export function systemLimit(
  error: unknown,
): ZetaError<"memory_exhausted" | "files_exhausted"> | null {
  if (error instanceof Error && OUT_OF_WASM_MEMORY.test(error.message)) {
    const message =
      `expected ${WASM_RESERVATION_GIB} GiB of address space for each of two memories per thread, got less: ` +
      "raise ulimit -v (unlimited: it is reserved, not used), or lower --threads";
    return new ZetaError("memory_exhausted", message, { cause: error });
  }
  if (!isOutOfFiles(error)) return null;
  const message =
    "expected enough file descriptors to read the program and serve, got too few: raise ulimit -n (1024 or more)";
  return new ZetaError("files_exhausted", message, { cause: error });
}

/** Fewer than this are no cause by themselves, but a reason not to believe that a file of this program is missing. */
const FILES_FEW = 512;

function isOutOfFiles(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === "EMFILE" || code === "ENFILE") return true;
  // Node takes a module for missing when it has no descriptor to look for it.
  return code === "ERR_MODULE_NOT_FOUND" && filesMax() < FILES_FEW;
}

function filesMax(): number {
  const report = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | "unlimited" } };
  };
  const soft = report.userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}
