// SPDX-License-Identifier: Apache-2.0

/** How a word is drawn; the word itself says what is the case. */
export type Tone = "good" | "bad" | "waiting" | "plain";

const MARKS: Readonly<Record<Tone, string>> = { good: "✓", bad: "✕", waiting: "…", plain: "–" };

interface StateWordProps {
  readonly tone: Tone;
  readonly word: string;
}

export function StateWord({ tone, word }: StateWordProps) {
  return (
    <span class={`state ${tone}`}>
      <span class="mark" aria-hidden="true">
        {MARKS[tone]}
      </span>
      {word}
    </span>
  );
}
