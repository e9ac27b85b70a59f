/** What there is to say of an error that is raised on purpose. */

/** Exit statuses a command may end with, apart from 0. */
export const EXIT = {
  /** The operation failed, or problems remain. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** Partly done: some documents failed and are named. */
  partial: 3,
  /** Another process holds the maintenance lock or the database. */
  busy: 4,
  /** Interrupted by the user. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorEntry {
  /** What has happened, for any place and any values. */
  readonly what: string;
  readonly exit: ExitStatus;
  /** What to do next, unless whoever raises it knows better. */
  readonly hint?: string;
}

/** What to do where the program itself lacks something: how it came, it comes again. */
export const REINSTALL =
  "Install amalfa again as it was installed: `npm install -g amalfa`, " +
  "`npm install amalfa` in a project, or `bun install --force` in a clone.";
