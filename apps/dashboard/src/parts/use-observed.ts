// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import type { Observed } from "../model/observable.ts";

/** The value now; the component is drawn again when it changes. */
export function useObserved<T>(observed: Observed<T>): T {
  const [, redraw] = useState({});
  useEffect(() => {
    const seen = observed.value;
    const unsubscribe = observed.subscribe(() => redraw({}));
    // What changed between drawing and listening.
    if (observed.value !== seen) redraw({});
    return unsubscribe;
  }, [observed]);
  return observed.value;
}
