// SPDX-License-Identifier: Apache-2.0
/** Text must be readable: WCAG 2.2 asks for a contrast of 4.5 with its ground, and of 3 for the edges of controls. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../src/style.css", import.meta.url), "utf8");
const [light = "", dark = ""] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => body);

const TEXT = [
  ["ink", "paper"],
  ["ink", "raised"],
  ["ink", "accent-soft"],
  ["soft", "paper"],
  ["soft", "raised"],
  ["soft", "accent-soft"],
  ["accent", "raised"],
  ["accent", "accent-soft"],
  ["accent-ink", "accent"],
  ["bad", "paper"],
  ["bad", "raised"],
  ["bad", "bad-soft"],
  ["bad", "accent-soft"],
] as const;

const EDGES = [
  ["edge", "raised"],
  ["edge", "paper"],
  ["accent", "raised"],
] as const;

function colour(scheme: string, name: string): readonly number[] {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(scheme)?.[1];
  if (hex === undefined) throw new Error(`expected a colour --${name}`);
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

/** Relative luminance, as WCAG defines it. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((one) =>
    one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(scheme: string, one: string, two: string): number {
  const [a = 0, b = 0] = [one, two]
    .map((name) => luminance(colour(scheme, name)))
    .sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}

describe.each([
  ["light", light],
  ["dark", dark],
])("%s", (_, scheme) => {
  test.each(TEXT)("%s on %s", (text, ground) => {
    expect(contrast(scheme, text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(EDGES)("an edge of %s on %s", (edge, ground) => {
    expect(contrast(scheme, edge, ground)).toBeGreaterThanOrEqual(3);
  });
});
