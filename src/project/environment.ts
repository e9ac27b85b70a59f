/** The variables of the environment that amalfa reads, for those who ask what is in force. */

import { AmalfaError } from "../system/index.ts";

interface EnvironmentVariable {
  readonly name: string;
  readonly what: string;
  /** The setting whose place it takes. */
  readonly key?: string;
  /** It may hold a password: nobody is shown its value. */
  readonly isSecret?: boolean;
}

export const ENVIRONMENT: readonly EnvironmentVariable[] = [
  { name: "VECTOR_PORT", what: "the port of the vector daemon, 3010 by default" },
  {
    name: "AMALFA_WALK_MS",
    what: "how long changed files are looked for before an answer, in milliseconds, 80 by default",
  },
  { name: "AMALFA_REGISTRY", what: "`off` keeps projects out of the user's list of projects" },
  { name: "AMALFA_MODELS", what: "the folder of models that all projects share" },
  { name: "HF_ENDPOINT", what: "where models are fetched from" },
  { name: "HF_TOKEN", what: "the token for that place, where it asks for one", isSecret: true },
  {
    name: "AMALFA_CACHE_REMOTE_URL",
    what: "the remote vector cache",
    key: "cache.remote",
    isSecret: true,
  },
  {
    name: "AMALFA_CACHE_REMOTE_MODE",
    what: "`read`, or `readwrite` if it is written to as well",
    key: "cache.remoteMode",
  },
  {
    name: "AMALFA_CACHE_REMOTE_PLAIN",
    what: "`1` allows to reach it without encryption",
    key: "cache.remotePlain",
  },
  {
    name: "AMALFA_CACHE_SIGNING_KEY",
    what: "the key that signs vectors in the remote vector cache",
    isSecret: true,
  },
  { name: "AMALFA_SERVER_TOKEN", what: "the token that clients of `serve --http` show", isSecret: true },
  { name: "S3_ENDPOINT", what: "the server of an `s3://` address, where that is not AWS" },
  { name: "AWS_ENDPOINT", what: "the same, by its other name" },
  { name: "AWS_ACCESS_KEY_ID", what: "the key for an `s3://` address", isSecret: true },
  { name: "AWS_SECRET_ACCESS_KEY", what: "its secret", isSecret: true },
  { name: "AWS_REGION", what: "its region" },
  { name: "NODE_EXTRA_CA_CERTS", what: "a file of certificate authorities to trust besides the usual ones" },
  { name: "XDG_CONFIG_HOME", what: "the folder of your own settings, `~/.config` by default" },
  {
    name: "XDG_STATE_HOME",
    what: "the folder of consents, tokens and projects, `~/.local/state` by default",
  },
  { name: "XDG_CACHE_HOME", what: "the folder of digests and models, `~/.cache` by default" },
  { name: "NO_COLOR", what: "set to anything: no colour in the output" },
  { name: "FORCE_COLOR", what: "set to anything but 0: colour also where the output is no terminal" },
];

export interface SetVariable {
  readonly name: string;
  readonly what: string;
  /** Null where it may hold a password. */
  readonly value: string | null;
  /** The setting whose place it takes. */
  readonly key: string | null;
}

/** Those that are set, in their order. An empty one counts as not set. */
export function variablesIn(env: Readonly<Record<string, string | undefined>>): SetVariable[] {
  return ENVIRONMENT.flatMap(({ name, what, key, isSecret }) => {
    const value = env[name];
    if (value === undefined || value === "") return [];
    return [{ name, what, value: isSecret === true ? null : value, key: key ?? null }];
  });
}

/** How long the walk before an answer may take, in milliseconds, unless `AMALFA_WALK_MS` says otherwise. */
const WALK_BUDGET_MS = 80;
const LONGEST_WALK_MS = 60_000;

/** `AMALFA_WALK_MS`, or 80. Throws `usage` for anything that is no such time. */
export function walkBudgetMs(env: Readonly<Record<string, string | undefined>>): number {
  const text = env.AMALFA_WALK_MS || `${WALK_BUDGET_MS}`;
  const budget = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (budget >= 1 && budget <= LONGEST_WALK_MS) return budget;
  throw new AmalfaError("usage", `AMALFA_WALK_MS is "${text}", no whole number from 1 to 60000.`, {
    hint: `Set it to how many milliseconds a look for changed files may take; unset it is ${WALK_BUDGET_MS}.`,
  });
}
