/** What schemas of settings are made of. Loads zod. */

import { z } from "zod";
import { parseRemoteUrl, REMOTE_FORMAT } from "./remote-url.ts";
import type { RemoteSettings } from "./settings.ts";
import { AGE_FORMAT, parseAge, SHORTEST_AGE_MS } from "./units.ts";

export const text = (expected: string) => z.string({ error: expected }).regex(/\S/, { error: expected });
export const switchable = z.boolean({ error: "true or false" });
export const ageExpected = `at least one minute, as ${AGE_FORMAT}`;

/** A value that has its own little grammar; `parse` answers `undefined` for what it does not understand. */
export function parsed(expected: string, parse: (value: unknown) => number | undefined, atLeast: number) {
  return z.unknown().transform((value, context): number => {
    const result = parse(value);
    if (result !== undefined && result >= atLeast) return result;
    context.issues.push({ code: "custom", message: expected, input: value });
    return z.NEVER;
  });
}

export const group = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: "an object" });

/* What settings may say of a remote vector cache: those of a project, and those of a user. Loads zod. */

const secretExpected =
  "an address without user, password, query or fragment: what is secret stands in the environment, " +
  "as AMALFA_CACHE_REMOTE_URL, or as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/** The address of a remote vector cache. What it must not hold is not repeated in a message either. */
const remote = z.unknown().transform((value, context): string => {
  const url = typeof value === "string" ? parseRemoteUrl(value) : undefined;
  if (url !== undefined && !url.mayHoldSecret) return url.reveal().href;
  const message = url === undefined ? REMOTE_FORMAT : secretExpected;
  context.issues.push({ code: "custom", message, input: value, params: { secret: true } });
  return z.NEVER;
});

export const remoteKeys = {
  remote: remote.optional().meta({
    description:
      "The address of a vector cache that several machines share: `rediss://…` (Redis or Valkey), or `s3://…` or " +
      "`https://…` for packs of vectors. In a project's settings it takes effect after `amalfa trust`.",
    type: "string",
  }),
  remoteMode: z
    .enum(["read", "readwrite"], { error: '"read" or "readwrite"' })
    .optional()
    .meta({
      description:
        "Whether it is only read from (`read`), or also sent what was computed (`readwrite`, the default where the " +
        "address comes from the environment).",
      default: "read",
    }),
  remoteTtl: parsed(ageExpected, parseAge, SHORTEST_AGE_MS).optional().meta({
    description: "How long a vector stays in the remote vector cache.",
    type: "string",
    default: "90d",
  }),
  remotePlain: switchable.optional().meta({
    description:
      "Whether a connection to another machine may be unencrypted. It needs a signing key as well.",
    default: false,
  }),
};

/** The settings of a user, for all of their projects. */
export const userSettingsFile = group({
  $schema: z.unknown().optional(),
  cache: group(remoteKeys).optional(),
});

/** What the `cache` of a settings file says of a remote. */
export function remoteSettingsOf(cache: UserSettings["cache"]): RemoteSettings | undefined {
  if (cache === undefined) return undefined;
  const { remote: url, remoteMode: mode, remoteTtl: ttlMs, remotePlain: isPlain } = cache;
  if ([url, mode, ttlMs, isPlain].every((value) => value === undefined)) return undefined;
  return { url, mode, ttlMs, isPlain: isPlain ?? false };
}

export type UserSettings = z.output<typeof userSettingsFile>;
