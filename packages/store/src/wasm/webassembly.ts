// SPDX-License-Identifier: Apache-2.0
/** The part of WebAssembly's JavaScript interface that the loader uses. TypeScript declares it with the DOM only. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledStore;
  readonly Instance: new (
    module: CompiledStore,
    imports: Record<string, never>,
  ) => { readonly exports: unknown };
}

/** A compiled module; one store is one instance of it. */
export type CompiledStore = object;

export interface LinearMemory {
  /** Replaced, and the old one detached, when the memory grows. */
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB. */
  grow(pages: number): number;
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface })
  .WebAssembly;

/** Compiles what `scripts/build-wasm.mjs` built. */
export function compileStoreModule(bytes: Uint8Array<ArrayBuffer>): CompiledStore {
  return new webAssembly.Module(bytes);
}
