// SPDX-License-Identifier: Apache-2.0
/** What bounds a service and its calls, each with the reason for its size. */

/** The protocol's limits: bytes of one argument, result or value, and records that one call may touch. */
export {
  SERVICE_CALL_BYTES_MAX as CALL_BYTES_MAX,
  SERVICE_CALL_SLOTS_MAX as TOUCHES_MAX,
} from "@zeta/protocol/limits";

/** Bytes of a service's code: it is parsed, hashed and sent to clients. A large hand-written service has a tenth of it. */
export const SERVICE_CODE_BYTES_MAX = 1 << 20;

/** Operations of a service, the parts of its workflows included: a function number is one byte. */
export const OPERATIONS_MAX = 255;

/** Kinds of records of a service. */
export const RECORD_KINDS_MAX = 64;

/** Levels of arrays and objects in a schema: recursion over a schema must not depend on its author. */
export const SCHEMA_DEPTH_MAX = 16;

/** Properties of an object schema. */
export const PROPERTIES_MAX = 256;

/** Characters of a name of a service, operation, record, property or failure. */
export const NAME_CHARACTERS_MAX = 64;

/** Steps (function entries and loop rounds) of one call: under a millisecond of plain code, so a call that does not end costs that. */
export const CALL_FUEL = 100_000;

/** Steps for evaluating a service's code once, at the start. */
export const LOAD_FUEL = 1_000_000;

/** Calls within calls. Far below the stack of any JavaScript engine, so that no engine's own limit is ever met first. */
export const CALL_DEPTH_MAX = 256;

/** Elements of an array that engine functions may walk over, and of one `...spread`: what they do inside costs no fuel. */
export const ELEMENTS_MAX = 65_536;
