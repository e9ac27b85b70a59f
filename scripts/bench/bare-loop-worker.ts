/** One thread of the bare loop: a single-threaded session as amalfa's workers have, and a loop. */
import { InferenceSession, Tensor } from "onnxruntime-node";

export type BareRequest =
  | { readonly kind: "load"; readonly onnx: string }
  | { readonly kind: "run"; readonly texts: readonly Int32Array[] }
  | { readonly kind: "close" };

export interface BareAnswer {
  readonly failed?: string;
}

const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<BareRequest>) => void) | null;
  postMessage(answer: BareAnswer): void;
};

let session: InferenceSession | undefined;

scope.onmessage = ({ data }) => {
  handle(data).then(
    () => scope.postMessage({}),
    (error: unknown) => scope.postMessage({ failed: String(error) }),
  );
};

async function handle(request: BareRequest): Promise<void> {
  switch (request.kind) {
    case "load":
      session = await InferenceSession.create(request.onnx, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: "sequential",
        logSeverityLevel: 3,
      });
      return;
    case "run":
      for (const ids of request.texts) await session?.run(feedsOf(ids));
      return;
    case "close":
      await session?.release();
  }
}

function feedsOf(ids: Int32Array): Record<string, Tensor> {
  const tensor = (data: BigInt64Array) => new Tensor("int64", data, [1, ids.length]);
  return {
    input_ids: tensor(BigInt64Array.from(ids, BigInt)),
    attention_mask: tensor(new BigInt64Array(ids.length).fill(1n)),
    token_type_ids: tensor(new BigInt64Array(ids.length)),
  };
}
