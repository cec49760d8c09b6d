// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface PanelProps {
  readonly title: string;
  /** One sentence: what is seen here. */
  readonly lead: ComponentChildren;
  readonly name: string;
  readonly children: ComponentChildren;
}

/** A titled part of the page. */
export function Panel({ title, lead, name, children }: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${name}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p class="lead">{lead}</p>
      {children}
    </section>
  );
}
