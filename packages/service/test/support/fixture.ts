// SPDX-License-Identifier: Apache-2.0
import { afterEach } from "vitest";
import { createTestService, type TestOptions, type TestService } from "./service.ts";

/** Gives a function that starts services, and closes them after each test of the calling file. */
export function useServices(): (options?: TestOptions) => TestService {
  const running: TestService[] = [];
  afterEach(async () => {
    for (const service of running.splice(0)) await service.close();
  });
  return (options = {}) => {
    const service = createTestService(options);
    running.push(service);
    return service;
  };
}
