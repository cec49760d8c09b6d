// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, test } from "vitest";
import { type LocalService, runLocally } from "../src/run-locally.ts";
import accessPolicy from "../src/services/access-policy.ts";

const READ = { action: "read", resource: "ledger" };
let local: LocalService<typeof accessPolicy>;

const failure = (code: string) => expect.objectContaining({ failure: code });

beforeEach(() => {
  local = runLocally(accessPolicy);
  for (const [role, name] of ["clerk", "auditor", "guest"].entries()) local.addRole({ role, name });
  for (let user = 0; user < 40; user++) local.addUser({ user, name: `user ${user}` });
  local.permit({ role: 1, ...READ, allowed: true });
  local.grant({ user: 3, role: 1 });
  local.grant({ user: 33, role: 1 });
  local.grant({ user: 3, role: 0 });
});

describe("the access policy", () => {
  test("allows what a granted role permits, and nothing else", () => {
    const decide = (user: number, role: number, asked = READ) =>
      local.decide({ user, role, ...asked }).allowed;
    expect(decide(3, 1)).toBe(true);
    expect(decide(3, 0)).toBe(false);
    expect(decide(4, 1)).toBe(false);
    expect(decide(3, 1, { action: "write", resource: "ledger" })).toBe(false);
    expect(decide(3, 1, { action: "read", resource: "ledger2" })).toBe(false);
    expect([decide(999, 1), decide(3, 99)]).toEqual([false, false]);
  });

  test("forgets a permission and a grant when told to", () => {
    local.permit({ role: 1, ...READ, allowed: false });
    expect(local.decide({ user: 3, role: 1, ...READ }).allowed).toBe(false);
    local.permit({ role: 1, ...READ, allowed: true });
    local.revoke({ user: 3, role: 1 });
    expect(local.decide({ user: 3, role: 1, ...READ }).allowed).toBe(false);
    expect(local.rolesOf({ user: 3 })).toEqual([0]);
    expect(local.rolesOf({ user: 999 })).toBe(null);
  });

  test("tells an auditor everyone who may", () => {
    expect(local.whoMay(READ)).toEqual({ exact: true, users: [3, 33], found: 2, changes: 47 });
    expect(local.whoMay({ action: "write", resource: "ledger" }).users).toEqual([]);
  });

  test("keeps numbers without gaps and lists within bounds", () => {
    expect(() => local.addRole({ role: 4, name: "gap" })).toThrowError(
      failure("not_the_next_role"),
    );
    expect(() => local.addUser({ user: 3, name: "again" })).toThrowError(
      failure("not_the_next_user"),
    );
    expect(() => local.grant({ user: 3, role: 9 })).toThrowError(failure("no_such_role"));
    expect(() => local.grant({ user: 99, role: 1 })).toThrowError(failure("no_such_user"));
    for (let role = 3; role < 20; role++) local.addRole({ role, name: `role ${role}` });
    for (let role = 0; role < 14; role++) local.grant({ user: 5, role });
    local.grant({ user: 5, role: 13 });
    expect(local.rolesOf({ user: 5 })).toHaveLength(14);
    expect(() => local.grant({ user: 5, role: 14 })).toThrowError(failure("too_many_roles"));
    for (let i = 0; i < 256; i++) {
      local.permit({ role: 0, action: "read", resource: `r${i}`, allowed: true });
    }
    expect(() => local.permit({ role: 0, ...READ, allowed: true })).toThrowError(
      failure("too_many_permissions"),
    );
  });
});
