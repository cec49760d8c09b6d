// SPDX-License-Identifier: Apache-2.0
/**
 * The part of WebAssembly's JavaScript interface that the loader uses. TypeScript declares it with the DOM only, which trusted code must
 * not see.
 */
interface WebAssemblyInterface {
  readonly Module: {
    new (bytes: Uint8Array<ArrayBuffer>): CompiledModule;
    imports(module: CompiledModule): readonly unknown[];
    exports(module: CompiledModule): readonly { readonly name: string; readonly kind: string }[];
  };
  readonly Instance: new (
    module: CompiledModule,
    imports: Readonly<Record<string, never>>,
  ) => { readonly exports: unknown };
}

declare const opaque: unique symbol;

/** A module after compilation. */
export interface CompiledModule {
  readonly [opaque]: never;
}

/** A module's linear memory: the buffer is replaced when it grows. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

export const webAssembly: WebAssemblyInterface = (
  globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }
).WebAssembly;
