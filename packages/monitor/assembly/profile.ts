// SPDX-License-Identifier: Apache-2.0
/**
 * Compile-time choices and limits. One source makes two modules: the compiler option `--use PROFILE_BYTES=0|1` decides, and code of
 * the other profile is not even compiled. The limits repeat packages/protocol/src/limits.ts; a test holds the two against each other.
 */

/** Is this the module of profile `bytes`? PROFILE_BYTES is introduced by the compiler option. */
export const BYTES: bool = PROFILE_BYTES != 0;

export const KEY_BYTES_MAX: u32 = 4096;
export const VALUE_BYTES_MAX: u32 = 1048576;
export const FRAME_BYTES_MAX: u32 = 4194304;
export const ARGUMENT_BYTES_MAX: u32 = 1 + 2 + KEY_BYTES_MAX + 1 + 32 + 1 + 4 + VALUE_BYTES_MAX;
/** Bytes of an argument, a result or a value of a service whose functions run outside of the module. */
export const SERVICE_CALL_BYTES_MAX: u32 = 65536;
export const SLOTS_MAX: u32 = 65535;
/** A function number is a u8; 255 stays free. */
export const FUNCTIONS_MAX: u32 = 255;
export const CALL_SLOTS_MAX: u32 = 128;
export const SERVICE_CALL_SLOTS_MAX: u32 = 16;
export const THREAD_EPOCHS_OPEN_MAX: u32 = 64;
export const REQUEST_ID_BYTES: u32 = 16;
export const DIGEST_BYTES: u32 = 32;

/** Payload lengths are u31 in the reference, so that its signed comparisons cannot be fooled. */
export const PAYLOAD_BYTES_MAX: u32 = 0x7fffffff;

/** Bytes of an application key in a record: a u64, or the BLAKE3 digest of the key. */
export const RECORD_KEY_BYTES: u32 = BYTES ? 32 : 8;

/** Elements a set hash may count: the reference has a u32, `bytes` as much as the accumulators' lanes. */
export const ELEMENTS_MAX: u64 = BYTES ? u64.MAX_VALUE : 0xffffffff;
