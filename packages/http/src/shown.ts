// SPDX-License-Identifier: Apache-2.0

/** Foreign text in an answer is cut after so many characters, and so many members are named: enough to recognise what was sent. */
const CHARACTERS_MAX = 60;
const MEMBERS_MAX = 6;

/** What somebody sent, in a few words, whatever its size. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return shownObject(Object.keys(value));
  if (value === undefined) return "nothing";
  if (typeof value !== "string") return String(value);
  return JSON.stringify(cut(value));
}

function shownObject(members: readonly string[]): string {
  if (members.length === 0) return "an empty object";
  const more = members.length > MEMBERS_MAX ? ` and ${members.length - MEMBERS_MAX} more` : "";
  const names = members.slice(0, MEMBERS_MAX).map((name) => JSON.stringify(cut(name)));
  return `an object with ${names.join(", ")}${more}`;
}

function cut(text: string): string {
  return text.length <= CHARACTERS_MAX ? text : `${text.slice(0, CHARACTERS_MAX)}…`;
}
