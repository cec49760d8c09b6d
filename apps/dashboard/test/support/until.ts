// SPDX-License-Identifier: Apache-2.0
import type { Observed } from "../../src/model/observable.ts";

/** Resolves to the first value that fits. */
export function until<T, Wanted extends T>(
  observed: Observed<T>,
  fits: (value: T) => value is Wanted,
): Promise<Wanted>;
export function until<T>(observed: Observed<T>, fits: (value: T) => boolean): Promise<T>;
export function until<T>(observed: Observed<T>, fits: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      if (!fits(observed.value)) return false;
      unsubscribe();
      resolve(observed.value);
      return true;
    };
    const unsubscribe = observed.subscribe(look);
    look();
  });
}

/** Narrows a state by its stage. */
export function at<State extends { readonly stage: string }, Stage extends State["stage"]>(
  stage: Stage,
): (state: State) => state is Extract<State, { readonly stage: Stage }> {
  return (state): state is Extract<State, { readonly stage: Stage }> => state.stage === stage;
}
