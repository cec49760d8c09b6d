// SPDX-License-Identifier: Apache-2.0
import { utf8 } from "@zeta/protocol/bytes";
import { sha256 } from "@zeta/protocol/digest";
import { ZetaError } from "@zeta/protocol/error";
import type { Maker } from "../codec/codec.ts";
import type { Functions, Stop } from "../functions.ts";
import { CALL_FUEL, ELEMENTS_MAX, LOAD_FUEL, SERVICE_CODE_BYTES_MAX } from "../limits.ts";
import { readManifest } from "../manifest.ts";
import { Program } from "../program.ts";
import { meter } from "./meter.ts";
import { GLOBALS_AS_LOCALS, openRealm, type RealmHandle } from "./realm.ts";
import { verifySignature } from "./verify-signature.ts";

/** What the code's own realm hands out: texts, numbers, and functions that are called with objects of that realm only. */
interface Loaded {
  readonly manifest: unknown;
  keys(number: number, args: unknown): unknown;
  run(number: number, args: unknown, records: unknown): unknown;
  signer(number: number, args: unknown, records: unknown): unknown;
  stopped(): number;
}

const STOPS: readonly (Stop | null)[] = [null, "fuel_exhausted", "call_too_deep"];

/** Arguments of one call by `...spread`: they stand on the stack. */
const SPREAD_ARGUMENTS_MAX = 4096;

/** SHA-256 of a service's code: what makes its measurement (docs/formats.md). */
export function codeHash(code: string): Uint8Array<ArrayBuffer> {
  return sha256(utf8(code));
}

/**
 * Loads a service's code, as `bundleService` makes it, into a sandbox of its own: no clock, randomness, network or globals, all steps
 * counted. Takes some 50 ms.
 *
 * @throws ZetaError `service_code_refused` for code that cannot be metered or does not run; `service_invalid` for what it defines.
 * @example
 * const program = loadProgram(code);
 */
export function loadProgram(code: string): Program {
  const bytes = utf8(code).length;
  if (bytes > SERVICE_CODE_BYTES_MAX) {
    const expected = `expected at most ${SERVICE_CODE_BYTES_MAX} bytes of code`;
    throw new ZetaError("service_code_refused", `${expected}, got ${bytes}`);
  }
  const script = wrap(meter(code));
  const realm = openRealm();
  const loaded = evaluate(realm, script);
  return new Program(readManifest(parse(loaded.manifest)), functionsOf(loaded, makerOf(realm)));
}

/** The service's code and the meter in one scope, which nothing else can reach. */
function wrap(metered: string): string {
  return `(()=>{"use strict";${GLOBALS_AS_LOCALS}
let $zetaFuel=${LOAD_FUEL},$zetaDepth=0,$zetaStopped=0;
const $zetaStop=()=>{$zetaStopped=$zetaFuel<0?1:2;throw new Error("stopped")};
const $zetaSpread=(items)=>{const{length}=items;if(typeof length==="number"){if(length>${Math.min(SPREAD_ARGUMENTS_MAX, ELEMENTS_MAX)})throw new RangeError("expected at most ${SPREAD_ARGUMENTS_MAX} elements in a spread, got "+length);$zetaFuel-=length}return items};
${metered}
;const{manifest:$zetaManifest,functions:$zetaFunctions}=service.default??{};
const $zetaRefill=()=>{$zetaFuel=${CALL_FUEL};$zetaDepth=0;$zetaStopped=0};
return{manifest:JSON.stringify($zetaManifest),
keys:(n,a)=>{$zetaRefill();return $zetaFunctions[n].keys(a)},
run:(n,a,r)=>{$zetaRefill();return $zetaFunctions[n].run(a,r)},
signer:(n,a,r)=>{$zetaRefill();return $zetaFunctions[n].signer(a,r)},
stopped:()=>$zetaStopped}})()`;
}

function evaluate(realm: RealmHandle, script: string): Loaded {
  try {
    return realm.evaluate(script) as Loaded;
  } catch (error) {
    const message = String((error as Error | null)?.message).slice(0, 200);
    throw new ZetaError(
      "service_code_refused",
      `expected code that defines a service, got: ${message}`,
    );
  }
}

function parse(manifest: unknown): unknown {
  if (typeof manifest !== "string") {
    throw new ZetaError("service_invalid", "expected a service by defineService as default export");
  }
  return JSON.parse(manifest);
}

function makerOf(realm: RealmHandle): Maker {
  return {
    shape: (names) => realm.shape(JSON.stringify(names)),
    object: realm.object,
    array: realm.array,
    bytes: realm.bytes,
  };
}

function functionsOf(loaded: Loaded, maker: Maker): Functions {
  return {
    maker,
    keys: loaded.keys,
    run: loaded.run,
    signer: loaded.signer,
    verifySignature,
    get stopped() {
      return STOPS[loaded.stopped()] ?? null;
    },
  };
}
