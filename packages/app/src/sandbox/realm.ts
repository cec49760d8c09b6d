// SPDX-License-Identifier: Apache-2.0
/**
 * A realm of its own for a service's code: fresh JavaScript intrinsics in the same thread, hardened by SES, so that neither the code can
 * change anything outside of itself nor the hardening touches the process. `node:vm` alone is no boundary; the Compartment inside is, and
 * no object of the outer realm is ever handed to the code: only texts and numbers reach it, in objects that the realm's own functions make.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createContext, Script } from "node:vm";
import type { Shape } from "../codec/codec.ts";
import { ELEMENTS_MAX } from "../limits.ts";

/** Everything a service's code finds in its global scope. No clock, randomness, network, promises or code from texts. */
const GLOBALS = [
  ...["Array", "BigInt", "Boolean", "Error", "JSON", "Map", "Math", "Number", "Object", "Set"],
  ...["RangeError", "String", "Symbol", "TypeError", "Uint8Array", "WeakMap", "WeakSet"],
  ...["isFinite", "isNaN", "parseFloat", "parseInt"],
  ...["decodeURIComponent", "encodeURIComponent"],
];

/** Global, but no local names: three of them cannot be declared. */
const GLOBALS_ONLY = ["globalThis", "Infinity", "NaN", "undefined"];

/**
 * Before the realm is frozen: what engine functions may do in one step is bounded or taken away. Regular expressions can take for ever;
 * `apply` and array functions work on any length that an object claims to have.
 */
const RESTRICT = `(() => {
  for (const name of ["match", "matchAll", "search"]) delete String.prototype[name];
  delete Array.fromAsync;
  delete Function.prototype.apply;
  const call = Function.prototype.call.bind(Function.prototype.call);
  const demand = (length) => {
    if (length > ${ELEMENTS_MAX}) throw new RangeError("expected at most ${ELEMENTS_MAX} elements, got " + length);
  };
  const replace = (owner, name, make) => {
    const original = owner[name];
    if (typeof original !== "function") return;
    const { [name]: value } = make(original);
    Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false });
    Object.defineProperty(value, "length", { value: original.length, configurable: true });
  };
  const kept = ["constructor", "values", "keys", "entries"];
  for (const name of Object.getOwnPropertyNames(Array.prototype)) {
    if (kept.includes(name)) continue;
    replace(Array.prototype, name, (original) => ({
      [name](...rest) { demand(this.length); return call(original, this, ...rest); },
    }));
  }
  replace(Array, "from", (original) => ({
    from(items, ...rest) { demand(items.length); return call(original, this, items, ...rest); },
  }));
  for (const name of ["repeat", "padStart", "padEnd"]) {
    replace(String.prototype, name, (original) => ({
      [name](count, ...rest) { demand(count * (name === "repeat" ? this.length : 1)); return call(original, this, count, ...rest); },
    }));
  }
})()`;

/** What the realm hands to the loader. */
export interface RealmHandle {
  /** Evaluates a script in a fresh compartment; its value belongs to the realm. */
  evaluate(source: string): unknown;
  /** Functions for objects with members of these names, a JSON list. */
  shape(names: string): Shape;
  object(): Record<string, unknown>;
  array(): unknown[];
  bytes(length: number): Uint8Array;
}

const OPEN = `(() => {
  const allowed = new Set(${JSON.stringify([...GLOBALS, ...GLOBALS_ONLY])});
  const evaluate = (source) => {
    const compartment = new Compartment({ __options__: true });
    const { globalThis: scope } = compartment;
    for (const name of Reflect.ownKeys(scope)) if (!allowed.has(name)) delete scope[name];
    Object.freeze(scope);
    return compartment.evaluate(source);
  };
  const shape = (names) => {
    const list = JSON.parse(names);
    const quoted = list.map((name) => JSON.stringify(name));
    const properties = quoted.map((name, i) => name + ":v[" + i + "]").join(",");
    const reads = quoted.map((name) => "o[" + name + "]").join(",");
    const cases = quoted.map((name) => "case " + name + ":continue;").join("");
    return new Compartment({ __options__: true }).evaluate("({" +
      "make:(v)=>({" + properties + "})," +
      "members:(o)=>[" + reads + "]," +
      "stranger(o){for(const name in o)switch(name){" + cases + "default:return name}return null}})");
  };
  return {
    evaluate, shape,
    object: () => ({}), array: () => [], bytes: (length) => new Uint8Array(length),
  };
})()`;

/** Compiled once: it is half a megabyte of text. */
let sesScript: Script | null = null;

/** Makes a realm. Takes some 50 ms and 3 MB. */
export function openRealm(): RealmHandle {
  sesScript ??= new Script(readFileSync(createRequire(import.meta.url).resolve("ses"), "utf8"), {
    filename: "ses.cjs",
  });
  const context = createContext(Object.create(null) as object, { name: "zeta-service" });
  sesScript.runInContext(context);
  new Script(RESTRICT).runInContext(context);
  new Script('lockdown({ reporting: "none" })').runInContext(context);
  return new Script(OPEN).runInContext(context) as RealmHandle;
}

/** The globals of a service's code as local names: looking them up through the compartment's scope costs 100 ns each time. */
export const GLOBALS_AS_LOCALS = `const {${GLOBALS.join(",")}}=globalThis;`;
