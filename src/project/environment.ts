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

const ENVIRONMENT: readonly EnvironmentVariable[] = [
  { name: "VECTOR_PORT", what: "the port of the vector daemon" },
  { name: "AMALFA_WALK_MS", what: "how long changed files are looked for before an answer, in milliseconds" },
  { name: "AMALFA_MODELS", what: "the folder of models" },
  { name: "HF_ENDPOINT", what: "where models are fetched from" },
  { name: "HF_TOKEN", what: "the token for that place", isSecret: true },
  {
    name: "AMALFA_CACHE_REMOTE_URL",
    what: "the remote vector cache",
    key: "cache.remote",
    isSecret: true,
  },
  {
    name: "AMALFA_CACHE_REMOTE_MODE",
    what: "whether the remote vector cache is written to",
    key: "cache.remoteMode",
  },
  {
    name: "AMALFA_CACHE_REMOTE_PLAIN",
    what: "whether it may be reached without encryption",
    key: "cache.remotePlain",
  },
  { name: "AMALFA_CACHE_SIGNING_KEY", what: "the key that signs packs of vectors", isSecret: true },
  { name: "AMALFA_SERVER_TOKEN", what: "the token that clients of `serve --http` show", isSecret: true },
  { name: "S3_ENDPOINT", what: "where packs of vectors are kept" },
  { name: "AWS_ENDPOINT", what: "the same, by its other name" },
  { name: "AWS_ACCESS_KEY_ID", what: "who asks for packs of vectors", isSecret: true },
  { name: "AWS_SECRET_ACCESS_KEY", what: "the proof of that", isSecret: true },
  { name: "XDG_CONFIG_HOME", what: "where the settings of the user are" },
  { name: "XDG_STATE_HOME", what: "where consent is kept" },
  { name: "XDG_CACHE_HOME", what: "where digests and models are kept" },
  { name: "NO_COLOR", what: "no colour in the output" },
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
