// SPDX-License-Identifier: Apache-2.0
import { type RulePatches, source } from "./rule.ts";

const decode = source("assembly/decode.ts");
const index = source("assembly/index.ts");
const loader = source("src/wasm-thread.ts");
const runApp = source("assembly/run-app.ts");

/** Rules about bytes and frames. */
export const DECODING: RulePatches = {
  "D.tag": [index.change("default: return malformed(D_tag);", "default: return DONE;")],
  "D.short": [decode.change("return frameEnd - at >= bytes;", "return true;")],
  "D.kind": [
    decode.change("if (tag == 0) return readInternal(at + 1);", "return readInternal(at + 1);"),
    decode.without("if (present > 1) return bad(D_kind);"),
    decode.without("if (tag > 1) return bad(D_kind);"),
  ],
  "D.bool": [decode.without("if (flag > 1) return bad(D_bool);")],
  "D.length": [
    decode.without("if (length > VALUE_BYTES_MAX) return bad(D_length);"),
    runApp.without("if (length > PAYLOAD_BYTES_MAX) return malformed(D_length);"),
  ],
  "K.canon": [
    decode.change("return isCanonical(holder) ? at + 34 : bad(K_canon);", "return at + 34;"),
    decode.without("if (depthOf(INCOMING) == DATA_KEY_DEPTH) return bad(K_canon);"),
  ],
  "K.inj": [
    decode.change(
      "i64x2(bswap<u64>(load<u64>(at)), 0)",
      "i64x2(bswap<u64>(load<u64>(at)) & 15, 0)",
    ),
  ],
  // The loader copies the host's bytes once more after each time that the module waits.
  "D.fetch": [
    loader.change(
      "class InstantiatedThread",
      "let hostFrame: Uint8Array = new Uint8Array(0);\nclass InstantiatedThread",
    ),
    loader.change("this.#busy = true;", "this.#busy = true; hostFrame = frame;"),
    loader.change(
      "accepted = this.#contribute(this.#contribution());",
      "accepted = this.#contribute(this.#contribution()); this.#memory.set(hostFrame, this.#frameAddress);",
    ),
  ],
  "L.frame": [
    loader.without(
      'if (length === 0 || length > FRAME_BYTES_MAX) return refusal("bad_input", "L.frame");',
    ),
    index.change("if (length == 0 || length > FRAME_BYTES_MAX) {", "if (false) {"),
  ],
  "L.memory": [source("assembly/value-memory.ts").without("if (used > cellsMax) return false;")],
  "F.sticky": [
    index.change("life = DEAD;\n  return verdict;", "flagged = false;\n  return verdict;"),
  ],
};
