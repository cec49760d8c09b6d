// SPDX-License-Identifier: Apache-2.0
/**
 * Makes a service's code count its steps, so that a call that does not end is ended, at the same step on every machine. Each function entry
 * and each round of a loop takes one unit of fuel; function entries count their depth as well. Refused is what could hide a step or survive
 * the end: `try` (it could catch the end), `async` and generators (they suspend), regular expressions (they can take for ever inside one
 * step), and code made at run time.
 */
import { ZetaError } from "@zeta/protocol/error";
import { type AnyNode, type Node, parse } from "acorn";
import { CALL_DEPTH_MAX } from "../limits.ts";

/** Names of the meter inside the code; no name of a service may begin like this. */
export const METER_PREFIX = "$zeta";

const REFUSED: Readonly<Record<string, string>> = {
  TryStatement: "try",
  AwaitExpression: "await",
  YieldExpression: "yield",
  ImportExpression: "import()",
  MetaProperty: "a meta property",
  DebuggerStatement: "debugger",
  WithStatement: "with",
};

const ENTER = `if(--$zetaFuel<0||++$zetaDepth>${CALL_DEPTH_MAX})$zetaStop();try{`;
const LEAVE = "}finally{$zetaDepth--}";
const ROUND = "if(--$zetaFuel<0)$zetaStop();";

/** Text to insert at an offset. */
interface Insertion {
  readonly at: number;
  readonly text: string;
}

/**
 * @param code a script, strict or not.
 * @returns the same script with its steps counted in `$zetaFuel` and `$zetaDepth`; `$zetaStop` and `$zetaSpread` must be in scope.
 * @throws ZetaError `service_code_refused`.
 */
export function meter(code: string): string {
  const insertions: Insertion[] = [];
  collect(parseScript(code), null, insertions);
  // Stable, so what was collected first stays first at one offset.
  insertions.sort((a, b) => a.at - b.at);
  let metered = "";
  let from = 0;
  for (const { at, text } of insertions) {
    metered += code.slice(from, at) + text;
    from = at;
  }
  return metered + code.slice(from);
}

function parseScript(code: string): AnyNode {
  try {
    // With parentheses kept as nodes, the end of an arrow's expression is the end of its text.
    return parse(code, { ecmaVersion: 2023, sourceType: "script", preserveParens: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ZetaError("service_code_refused", `expected a script, got: ${message}`, { cause });
  }
}

function refuse(node: AnyNode): void {
  const what = refusedPart(node);
  if (what === null) return;
  throw new ZetaError(
    "service_code_refused",
    `expected code without ${what}, got it at offset ${node.start}: a call must end by itself (docs/services.md)`,
  );
}

function refusedPart(node: AnyNode): string | null {
  if (REFUSED[node.type] !== undefined) return REFUSED[node.type] ?? null;
  if ("async" in node && node.async === true) return "async";
  if ("generator" in node && node.generator === true) return "generators";
  if (node.type === "ForOfStatement" && node.await) return "for await";
  if (node.type === "Literal" && "regex" in node && node.regex) return "regular expressions";
  if (node.type === "Identifier" && node.name.startsWith(METER_PREFIX)) {
    return `names that begin with ${METER_PREFIX}`;
  }
  return null;
}

/** What goes around a piece of code: before, and after, which is collected later than all that is inside. */
function aroundOf(node: AnyNode, parent: AnyNode | null): readonly Insertion[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return functionInsertions(node.body);
    case "ForStatement":
    case "ForInStatement":
    case "ForOfStatement":
    case "WhileStatement":
    case "DoWhileStatement":
      return loopInsertions(node.body);
    case "SpreadElement": {
      if (parent?.type === "ObjectExpression") return [];
      const { start, end } = node.argument;
      return [
        { at: start, text: "$zetaSpread(" },
        { at: end, text: ")" },
      ];
    }
    default:
      return [];
  }
}

function functionInsertions(body: AnyNode): readonly Insertion[] {
  if (body.type === "BlockStatement") {
    return [
      { at: body.start + 1, text: ENTER },
      { at: body.end - 1, text: LEAVE },
    ];
  }
  return [
    { at: body.start, text: `{${ENTER}return(` },
    { at: body.end, text: `)${LEAVE}}` },
  ];
}

function loopInsertions(body: AnyNode): readonly Insertion[] {
  if (body.type === "BlockStatement") return [{ at: body.start + 1, text: ROUND }];
  return [
    { at: body.start, text: `{${ROUND}` },
    { at: body.end, text: "}" },
  ];
}

function collect(node: AnyNode, parent: AnyNode | null, insertions: Insertion[]): void {
  refuse(node);
  const [before, after] = aroundOf(node, parent);
  if (before !== undefined) insertions.push(before);
  for (const value of Object.values(node) as unknown[]) {
    if (Array.isArray(value)) {
      for (const child of value) if (isNode(child)) collect(child, node, insertions);
    } else if (isNode(value)) collect(value, node, insertions);
  }
  if (after !== undefined) insertions.push(after);
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof (value as Node | null)?.type === "string" && typeof (value as Node).start === "number"
  );
}
