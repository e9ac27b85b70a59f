/** What tells of the changes of each project, for all who want to be told. */
import { Follower } from "../follower.ts";
import type { Answers } from "../protocol.ts";
import type { Caller } from "./rights.ts";

/** What looks at a project for all who are told of its changes. */
function followingGrant(root: string): Caller {
  return { root, grant: { id: "changes", name: "changes", projects: [root], rights: ["read"] } };
}

/** One of each project that somebody listens to. */
export class Followers {
  readonly #byRoot = new Map<string, Follower>();
  readonly #answersOf: (caller: Caller) => Answers;

  constructor(answersOf: (caller: Caller) => Answers) {
    this.#answersOf = answersOf;
  }

  of({ root }: Caller): Follower {
    const found = this.#byRoot.get(root);
    if (found !== undefined) return found;
    const answers = this.#answersOf(followingGrant(root));
    const follower = new Follower((request) => answers.look(request));
    this.#byRoot.set(root, follower);
    return follower;
  }
}
