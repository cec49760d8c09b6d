// SPDX-License-Identifier: Apache-2.0
import { defineService, fail, list, operation, record, t, workflow } from "../index.ts";

/** Bounds of lists, so that no record grows beyond what a call can carry. */
const ROLES_MAX = 256;
const USERS_MAX = 1_000_000;
const ROLES_PER_USER_MAX = 14;
const PERMISSIONS_PER_ROLE_MAX = 256;
/** Users that one auditor's query may name; with more it says so. */
const FOUND_MAX = 4096;

const word = t.text({ minLength: 1, maxLength: 64 });
const count = t.integer({ minimum: 0 });
const roleNumber = t.integer({ minimum: 0, maximum: ROLES_MAX - 1 });
const userNumber = t.integer({ minimum: 0, maximum: USERS_MAX - 1 });
const permission = t.object({ action: word, resource: word });

interface Permission {
  readonly action: string;
  readonly resource: string;
}

/** Roles and users are numbered without gaps, so that an auditor's query can name them all. */
const role = record({
  key: roleNumber,
  value: t.object({
    name: word,
    permissions: t.array(permission, { maxItems: PERMISSIONS_PER_ROLE_MAX }),
  }),
});
const user = record({
  key: userNumber,
  value: t.object({ name: word, roles: t.array(roleNumber, { maxItems: ROLES_PER_USER_MAX }) }),
});
/** Every change of the policy is counted here: whoever reads it twice knows whether anything changed between. */
const policy = record({
  key: t.choice(["policy"]),
  value: t.object({ roles: count, users: count, changes: count }),
});

interface Policy {
  readonly roles: number;
  readonly users: number;
  readonly changes: number;
}

const EMPTY: Policy = { roles: 0, users: 0, changes: 0 };

function changed(before: Policy | null): Policy {
  const { roles, users, changes } = before ?? EMPTY;
  return { roles, users, changes: changes + 1 };
}

function isSame(a: Permission, b: Permission): boolean {
  return a.action === b.action && a.resource === b.resource;
}

function allows(permissions: readonly Permission[], asked: Permission): boolean {
  return permissions.some((one) => isSame(one, asked));
}

const changes = t.object({ changes: count });

/** Role-based access control: permissions belong to roles, roles are granted to users. */
export default defineService({
  name: "access-policy",
  version: "1",
  records: { role, user, policy },
  operations: {
    addRole: operation({
      arguments: t.object({ role: roleNumber, name: word }),
      result: changes,
      touches: { role, policy },
      keys: (args) => ({ role: args.role, policy: "policy" }),
      run(args, records) {
        const after = changed(records.policy);
        if (args.role !== after.roles) fail("not_the_next_role");
        return {
          result: { changes: after.changes },
          writes: {
            role: { name: args.name, permissions: [] },
            policy: { ...after, roles: after.roles + 1 },
          },
        };
      },
    }),
    addUser: operation({
      arguments: t.object({ user: userNumber, name: word }),
      result: changes,
      touches: { user, policy },
      keys: (args) => ({ user: args.user, policy: "policy" }),
      run(args, records) {
        const after = changed(records.policy);
        if (args.user !== after.users) fail("not_the_next_user");
        return {
          result: { changes: after.changes },
          writes: {
            user: { name: args.name, roles: [] },
            policy: { ...after, users: after.users + 1 },
          },
        };
      },
    }),
    /** What holders of the role may do; `allowed: false` takes it away again. */
    permit: operation({
      arguments: t.object({ role: roleNumber, action: word, resource: word, allowed: t.boolean() }),
      result: changes,
      touches: { role, policy },
      keys: (args) => ({ role: args.role, policy: "policy" }),
      run({ action, resource, allowed }, records) {
        const { name, permissions } = records.role ?? fail("no_such_role");
        const others = permissions.filter((one) => !isSame(one, { action, resource }));
        if (allowed && others.length === PERMISSIONS_PER_ROLE_MAX) fail("too_many_permissions");
        const after = allowed ? [...others, { action, resource }] : others;
        const next = changed(records.policy);
        return {
          result: { changes: next.changes },
          writes: { role: { name, permissions: after }, policy: next },
        };
      },
    }),
    grant: operation({
      arguments: t.object({ user: userNumber, role: roleNumber }),
      result: changes,
      touches: { user, role, policy },
      keys: (args) => ({ user: args.user, role: args.role, policy: "policy" }),
      run(args, records) {
        const { name, roles } = records.user ?? fail("no_such_user");
        if (records.role === null) fail("no_such_role");
        const others = roles.filter((one) => one !== args.role);
        if (others.length === ROLES_PER_USER_MAX) fail("too_many_roles");
        const next = changed(records.policy);
        return {
          result: { changes: next.changes },
          writes: { user: { name, roles: [...others, args.role] }, policy: next },
        };
      },
    }),
    revoke: operation({
      arguments: t.object({ user: userNumber, role: roleNumber }),
      result: changes,
      touches: { user, policy },
      keys: (args) => ({ user: args.user, policy: "policy" }),
      run(args, records) {
        const { name, roles } = records.user ?? fail("no_such_user");
        const next = changed(records.policy);
        return {
          result: { changes: next.changes },
          writes: {
            user: { name, roles: roles.filter((one) => one !== args.role) },
            policy: next,
          },
        };
      },
    }),
    /** The roles of a user, null if there is no such user. */
    rolesOf: operation({
      arguments: t.object({ user: userNumber }),
      result: t.nullable(t.array(roleNumber)),
      touches: { user },
      keys: (args) => ({ user: args.user }),
      run: (_, records) => ({ result: records.user?.roles ?? null }),
    }),
    /** May the user do this by virtue of that role? The usual question: the role is the one that the session runs under. */
    decide: operation({
      arguments: t.object({ user: userNumber, role: roleNumber, action: word, resource: word }),
      result: t.object({ allowed: t.boolean() }),
      touches: { user, role },
      keys: (args) => ({ user: args.user, role: args.role }),
      run({ role: by, action, resource }, { user: who, role: what }) {
        const has = who?.roles.includes(by) === true;
        return {
          result: { allowed: has && allows(what?.permissions ?? [], { action, resource }) },
        };
      },
    }),
  },
  workflows: {
    /**
     * The auditor's query: who may do this? Reads the whole policy: first which roles allow it, then who holds one of them. `exact` says that
     * nothing changed meanwhile and that `users` names everyone.
     */
    whoMay: workflow({
      arguments: t.object({ action: word, resource: word }),
      state: t.object({
        policies: t.array(t.object({ roles: count, users: count, changes: count }), {
          maxItems: 2,
        }),
        nextRole: count,
        nextUser: count,
        roles: t.array(roleNumber, { maxItems: ROLES_MAX }),
        users: t.array(userNumber, { maxItems: FOUND_MAX }),
        found: count,
      }),
      result: t.object({
        exact: t.boolean(),
        users: t.array(userNumber),
        found: count,
        changes: count,
      }),
      touches: { policy: list(policy, 1), roles: list(role, 7), users: list(user, 7) },
      start: () => ({ policies: [], nextRole: 0, nextUser: 0, roles: [], users: [], found: 0 }),
      keys(_, { policies, nextRole, nextUser }) {
        const [first] = policies;
        const none = { policy: [], roles: [], users: [] };
        if (policies.length === 2) return null;
        if (first === undefined) return { ...none, policy: ["policy"] };
        if (nextRole < first.roles) return { ...none, roles: numbers(nextRole, first.roles) };
        if (nextUser < first.users) return { ...none, users: numbers(nextUser, first.users) };
        return { ...none, policy: ["policy"] };
      },
      step(asked, state, records) {
        if (records.policy.length === 1) {
          return { ...state, policies: [...state.policies, records.policy[0] ?? EMPTY] };
        }
        const roles = [...state.roles];
        for (const [i, one] of records.roles.entries()) {
          if (allows(one?.permissions ?? [], asked)) roles.push(state.nextRole + i);
        }
        const users = [...state.users];
        let { found } = state;
        for (const [i, one] of records.users.entries()) {
          if (one?.roles.some((held) => roles.includes(held)) !== true) continue;
          found++;
          if (users.length < FOUND_MAX) users.push(state.nextUser + i);
        }
        const nextRole = state.nextRole + records.roles.length;
        const nextUser = state.nextUser + records.users.length;
        return { ...state, nextRole, nextUser, roles, users, found };
      },
      finish(_, { policies, users, found }) {
        const [first = EMPTY, second = EMPTY] = policies;
        const exact = first.changes === second.changes && found === users.length;
        return { exact, users, found, changes: second.changes };
      },
    }),
  },
});

/** Up to 7 numbers from `next`, below `end`: half of what a step can read. */
function numbers(next: number, end: number): number[] {
  return Array.from({ length: Math.min(7, end - next) }, (_, i) => next + i);
}
