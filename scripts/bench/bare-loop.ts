/** Workers that do nothing but run sessions over token ids; the upper bound of what a pool of them can reach. */
import type { BareAnswer, BareRequest } from "./bare-loop-worker.ts";

export class BareLoop implements AsyncDisposable {
  readonly #workers: readonly Worker[];

  private constructor(workers: readonly Worker[]) {
    this.#workers = workers;
  }

  static async start(onnx: string, count: number): Promise<BareLoop> {
    const url = new URL("./bare-loop-worker.ts", import.meta.url);
    const loop = new BareLoop(Array.from({ length: count }, () => new Worker(url)));
    await Promise.all(loop.#workers.map((worker) => ask(worker, { kind: "load", onnx })));
    return loop;
  }

  /** Runs all texts, each worker an equal share of them. */
  async run(texts: readonly Int32Array[]): Promise<void> {
    const workers = this.#workers;
    const share = (place: number) => texts.filter((_, index) => index % workers.length === place);
    await Promise.all(workers.map((worker, place) => ask(worker, { kind: "run", texts: share(place) })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => ask(worker, { kind: "close" })));
    for (const worker of this.#workers) worker.terminate();
  }
}

function ask(worker: Worker, request: BareRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<BareAnswer>) =>
      data.failed === undefined ? resolve() : reject(new Error(data.failed));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(request);
  });
}
