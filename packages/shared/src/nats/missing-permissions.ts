import type { Permissions, SubjectRights } from "./permissions.ts";
import { covers, intersect } from "./subject-sets.ts";

/** As the broker tells them: what is absent is not limited. */
export interface GrantedRights {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}
export interface GrantedPermissions {
  readonly publish?: GrantedRights | undefined;
  readonly subscribe?: GrantedRights | undefined;
}

export interface MissingPermission {
  readonly operation: "publish" | "subscribe";
  readonly subject: string;
  /** What is denied of it; null: it is not allowed, or not all of it. */
  readonly denied: string | null;
}

/** What somebody needs and is not granted. */
export function missingPermissions(needed: Permissions, granted: GrantedPermissions): MissingPermission[] {
  return (["publish", "subscribe"] as const).flatMap((operation) =>
    missingRights(needed[operation], granted[operation] ?? {}).map((missing) => ({ operation, ...missing })),
  );
}

function missingRights(
  needed: SubjectRights,
  { allow, deny = [] }: GrantedRights,
): Omit<MissingPermission, "operation">[] {
  return needed.allow.flatMap((subject): Omit<MissingPermission, "operation">[] => {
    if (allow !== undefined && !allow.some((given) => covers(given, subject)))
      return [{ subject, denied: null }];
    const denied = deny
      .map((taken) => intersect(taken, subject))
      .find((taken) => taken !== null && !needed.deny.some((spared) => covers(spared, taken)));
    return denied === undefined || denied === null ? [] : [{ subject, denied }];
  });
}
