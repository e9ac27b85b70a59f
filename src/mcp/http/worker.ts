/**
 * A read worker: answers for whatever project it is asked about, until the server that started it lets go of it.
 *
 * It computes no vectors: it asks the server, which has the one model for all workers.
 */
import type { InferenceBackend } from "../../embedding/inference/index.ts";
import { loadHolding, type Walks } from "../../knowledge/index.ts";
import { AmalfaError, messageOf } from "../../system/index.ts";
import { answerTo } from "../asks.ts";
import type { OpenContext } from "../context.ts";
import { INTERNAL_ERROR, RequestError } from "../request-error.ts";
import { answersFrom } from "../server.ts";
import type { NamedRoot, ToolContext } from "../tool.ts";
import type { FromWorker, Terms, ToWorker, WireError } from "./messages.ts";
import { WalksOfServer } from "./walks-of-server.ts";

const { cameAt } = await loadHolding();

/** What of its terms a project is opened with; the rest is each call's own. */
type OpenTerms = Pick<Terms, "refresh" | "remoteCache">;

export interface WorkerOptions {
  /** The program that this process is. */
  readonly program: string;
  /** @param backend what computes vectors for a project, of a model by its id */
  readonly open: (
    root: string,
    terms: OpenTerms,
    backend: (root: string, modelId: string) => InferenceBackend,
    walks: Walks,
  ) => Promise<OpenContext>;
  /** Those of the user's list. */
  readonly listed: () => readonly NamedRoot[];
}

/** Projects that are held open; the one that was asked about longest ago makes room. */
const MOST_PROJECTS = 32;

/** Resolves when the server has let go. */
export async function beReadWorker({ program, open, listed }: WorkerOptions): Promise<void> {
  const send = (message: FromWorker): void => {
    try {
      process.send?.(message);
    } catch {
      // The server has gone, and so will this process.
    }
  };
  const vectors = new VectorsOfServer(send);
  const walks = new WalksOfServer(send);
  const projects = new OpenProjects((root, terms) =>
    open(root, terms, (of, model) => vectors.backend(of, model), walks.of(root)),
  );
  const gone = new Promise<void>((resolve) => process.once("disconnect", () => resolve()));
  // Ctrl-C in a terminal reaches all processes of the group; the server says when it is time to go.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("message", (message: ToWorker) => {
    if (message.kind === "expect") {
      void projects.getReady(message.root, message.terms);
      return;
    }
    if (message.kind === "walk" || message.kind === "walked") {
      walks.receive(message);
      return;
    }
    if (message.kind !== "ask") {
      vectors.receive(message);
      return;
    }
    const { id, root, terms, ask, came } = message;
    void projects
      .use(terms, async (contextOf) => {
        const contextAt = async (of: string) => {
          const context = await contextOf(of);
          return { ...context, fresh: cameAt(context.fresh, came) };
        };
        const known = terms.projects === "listed" ? listed : () => terms.projects as readonly NamedRoot[];
        return answerTo(
          answersFrom({
            ...(await contextAt(root)),
            allowWrite: terms.allowWrite,
            projects: { list: async () => known(), context: contextAt },
          }),
          ask,
        );
      })
      .then(
        (value) => send({ kind: "answer", id, value }),
        (error: unknown) => send({ kind: "failure", id, error: wireError(error) }),
      );
  });
  send({ kind: "ready", program });
  await gone;
}

function wireError(error: unknown): WireError {
  if (error instanceof RequestError) {
    const { code, message, data } = error;
    return { code, message, ...(data === undefined ? {} : { data }) };
  }
  const said = error instanceof AmalfaError && error.hint !== undefined ? ` ${error.hint}` : "";
  const data = error instanceof AmalfaError ? { code: error.code } : undefined;
  return { code: INTERNAL_ERROR, message: `${messageOf(error)}${said}`, data };
}

interface HeldProject {
  readonly opening: Promise<OpenContext>;
  /** Calls that are at work with it. */
  users: number;
}

class OpenProjects {
  readonly #open: (root: string, terms: OpenTerms) => Promise<OpenContext>;
  /** By root and terms; the one that was used last stands last. */
  readonly #projects = new Map<string, HeldProject>();

  constructor(open: (root: string, terms: OpenTerms) => Promise<OpenContext>) {
    this.#open = open;
  }

  /** Those that `work` asks for stay open until it has ended. */
  async use<T>(
    terms: OpenTerms,
    work: (contextAt: (root: string) => Promise<ToolContext>) => Promise<T>,
  ): Promise<T> {
    const used = new Set<HeldProject>();
    try {
      return await work(async (root) => {
        const project = this.#held(root, terms);
        if (!used.has(project)) project.users++;
        used.add(project);
        return (await project.opening).context;
      });
    } finally {
      for (const project of used) project.users--;
      this.#makeRoom();
    }
  }

  /** What is wrong with it is told to whoever asks. */
  async getReady(root: string, terms: OpenTerms): Promise<void> {
    const project = this.#held(root, terms);
    await project.opening.then(({ rehearse }) => rehearse(() => project.users === 0)).catch(() => {});
  }

  #held(root: string, { refresh, remoteCache }: OpenTerms): HeldProject {
    const key = JSON.stringify([root, refresh, remoteCache]);
    const found = this.#projects.get(key);
    const project = found ?? { opening: this.#open(root, { refresh, remoteCache }), users: 0 };
    this.#projects.delete(key);
    this.#projects.set(key, project);
    if (found === undefined) project.opening.catch(() => this.#projects.delete(key));
    return project;
  }

  #makeRoom(): void {
    for (const [key, { opening, users }] of this.#projects) {
      if (this.#projects.size <= MOST_PROJECTS) return;
      if (users > 0) continue;
      this.#projects.delete(key);
      void opening.then((open) => open[Symbol.asyncDispose]()).catch(() => {});
    }
  }
}

type Computed = Extract<ToWorker, { kind: "vectors" | "no vectors" }>;

/** The server's model, for the embedders of this process. */
class VectorsOfServer {
  readonly #send: (message: FromWorker) => void;
  readonly #waiting = new Map<number, (answer: Computed) => void>();
  #nextId = 1;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  receive(answer: Computed): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  backend(root: string, model: string): InferenceBackend {
    let isLoaded = false;
    return {
      get modelLoaded() {
        return isLoaded;
      },
      embed: async ({ texts, onVector, signal, isStillWanted }) => {
        for (const [index, text] of texts.entries()) {
          if (signal?.aborted) return;
          if (isStillWanted?.(index) === false) continue;
          const { vectors, modelId } = await this.#ask(root, model, [text]);
          const [vector] = vectors;
          isLoaded = true;
          if (vector !== undefined) onVector({ index, vector, modelId });
        }
      },
      close: () => Promise.resolve(),
    };
  }

  async #ask(root: string, model: string, texts: readonly string[]) {
    const id = this.#nextId++;
    const answer = await new Promise<Computed>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ kind: "embed", id, root, modelId: model, texts });
    });
    if (answer.kind === "no vectors")
      throw new AmalfaError("embedding.worker", `The server could not compute a vector: ${answer.message}`);
    return answer;
  }
}
