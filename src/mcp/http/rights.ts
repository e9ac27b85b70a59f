/** Answers for the bearer of a token: of one project, and no more than the token allows. */
import type { Tool } from "@modelcontextprotocol/server";
import type { Ask } from "../asks.ts";
import { answersVia } from "../asks.ts";
import type { Answers } from "../protocol.ts";
import { INVALID_REQUEST, RequestError } from "../request-error.ts";
import type { Terms } from "./messages.ts";
import { namesOfRoots } from "./names-of-roots.ts";
import type { Request } from "./pool.ts";
import type { Grant, Right } from "./tokens.ts";

export interface Caller {
  readonly grant: Grant;
  /** The project that is asked about, one of the grant's. */
  readonly root: string;
}

/** Tools that do more than read, with the right that each needs. */
const MORE_THAN_READING: ReadonlyMap<string, Right> = new Map([
  ["inject_tags", "tag"],
  ["write_note", "write"],
  ["append_note", "write"],
]);

/** By its name alone: no worker has to be asked which tools there are before one is called. */
export function rightFor(tool: string): Right {
  return MORE_THAN_READING.get(tool) ?? "read";
}

/** Bringing in all that has changed takes as long as there is to read. */
const INGEST_WITHIN_MS = 10 * 60_000;

function timeFor(ask: Ask): number | undefined {
  return ask.kind === "call" && ask.call.name === "refresh" ? INGEST_WITHIN_MS : undefined;
}

export interface AskingPool {
  ask(request: Request): Promise<unknown>;
}

/** @param offered what the server is there for, whoever asks */
export function answersFor({ grant, root }: Caller, offered: Terms, pool: AskingPool): Answers {
  const client = grant.id;
  // What is offered here says which right a tool needs; a worker is given no more than the grant has.
  const granted = {
    ...offered,
    allowWrite: offered.allowWrite && grant.rights.includes("write"),
    projects: offered.projects === "listed" ? offered.projects : namesOfRoots(grant.projects),
  };
  const asked = (ask: Ask, again: boolean, signal?: AbortSignal) => {
    const terms = ask.kind === "tools" ? offered : granted;
    return pool.ask({ client, root, terms, ask, again, signal, withinMs: timeFor(ask) });
  };
  const plain = answersVia((ask, signal) => asked(ask, true, signal));
  const allowed = async (): Promise<Tool[]> =>
    (await toolsOffered(pool, offered, plain.tools)).filter(({ name }) =>
      grant.rights.includes(rightFor(name)),
    );
  const reading = <T>(work: () => Promise<T>): Promise<T> =>
    grant.rights.includes("read") ? work() : Promise.reject(forbidden("read"));
  return {
    tools: allowed,
    callTool: async (call, signal) => {
      // What is not offered is no tool, whoever asks.
      const needed = rightFor(call.name);
      const right = needed === "write" && !offered.allowWrite ? "read" : needed;
      if (!grant.rights.includes(right)) throw forbidden(right);
      const again = right === "read";
      return (await asked({ kind: "call", call }, again, signal)) as Awaited<ReturnType<Answers["callTool"]>>;
    },
    resources: (cursor) => reading(() => plain.resources(cursor)),
    resourceTemplates: () => plain.resourceTemplates(),
    readResource: (uri) => reading(() => plain.readResource(uri)),
    completeId: (typed) => reading(() => plain.completeId(typed)),
    look: (request) => reading(() => plain.look(request)),
  };
}

/** They are the same for all projects; a worker is asked once, and not again with every call. */
const toolsByPool = new WeakMap<AskingPool, Map<boolean, readonly Tool[]>>();

async function toolsOffered(
  pool: AskingPool,
  { allowWrite }: Terms,
  ask: () => Promise<readonly Tool[]>,
): Promise<readonly Tool[]> {
  const known = toolsByPool.get(pool) ?? new Map<boolean, readonly Tool[]>();
  toolsByPool.set(pool, known);
  const tools = known.get(allowWrite) ?? (await ask());
  known.set(allowWrite, tools);
  return tools;
}

function forbidden(right: Right): RequestError {
  return new RequestError(
    INVALID_REQUEST,
    `This token does not have the right to ${right}. \`amalfa serve token add --right ${right}\` makes one that has.`,
  );
}
