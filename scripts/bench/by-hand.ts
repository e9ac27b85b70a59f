/**
 * What is written by hand, against what would stand in its place: `bun scripts/bench/by-hand.ts`. Both sides take
 * turns; what is printed is the median of each, and of the ratios of the rounds. `search-speed` does the same for the
 * Hamming scan.
 */
import { spawnSync } from "node:child_process";
import { PassThrough } from "node:stream";
import { Tokenizer } from "@huggingface/tokenizers";
import { ReadBuffer } from "@modelcontextprotocol/server";
import { loadTokenizer, locateModel } from "../../src/embedding/model/index.ts";
import { StdioTransport } from "../../src/mcp/stdio-transport.ts";
import { DEFAULT_SETTINGS, requireModel } from "../../src/project/index.ts";
import { readProcessIdentity } from "../../src/system/process/index.ts";
import { TextGenerator } from "./generate-text.ts";
import { type Contender, interleave, milliseconds } from "./interleave.ts";
import { summarise, summariseRatio } from "./statistics.ts";

const ROUNDS = 9;
const PIECE_BYTES = 64 * 1024;

async function compare(what: string, ours: Contender, theirs: Contender): Promise<void> {
  const found = await interleave({ ours, theirs }, ROUNDS);
  const [our, their] = [summarise(found.ours).median, summarise(found.theirs).median];
  const ratio = summariseRatio(found.theirs, found.ours).median;
  console.log(
    `${what}: ${our.toFixed(2)} ms against ${their.toFixed(2)} ms, ${ratio.toFixed(1)} times as fast`,
  );
}

const model = requireModel(DEFAULT_SETTINGS.model);
const generator = new TextGenerator(5, 40);
const text = Array.from({ length: 400 }, (_, index) => generator.paragraph(index % 40, 120, 200)).join("\n");
const paths = locateModel(model, "models", ["tokenizer", "tokenizerConfig"]);
const library = new Tokenizer(
  await Bun.file(paths.tokenizer).json(),
  await Bun.file(paths.tokenizerConfig).json(),
);
await compare(
  `tokens of ${text.length} characters, words not seen before`,
  async () => {
    // A tokenizer remembers words, so that each round has one of its own.
    const tokenizer = await loadTokenizer(model, "models");
    return milliseconds(() => tokenizer.count(text));
  },
  () => milliseconds(() => library.encode(text)),
);

const line = `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/x", params: { a: "x".repeat(9 << 20) } })}\n`;
const bytes = Buffer.from(line);
const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, index) =>
  bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
);
await compare(
  "a frame of 9 MiB in pieces of 64 KiB",
  async () => {
    const input = new PassThrough();
    const transport = new StdioTransport(input, new PassThrough());
    const { promise, resolve } = Promise.withResolvers<unknown>();
    transport.onmessage = resolve;
    await transport.start();
    return milliseconds(async () => {
      for (const piece of pieces) input.write(piece);
      await promise;
    });
  },
  () =>
    milliseconds(() => {
      const buffer = new ReadBuffer();
      for (const piece of pieces) {
        buffer.append(piece);
        if (buffer.readMessage() !== null) return;
      }
    }),
);

await compare(
  "who a process is",
  () => milliseconds(() => readProcessIdentity(process.pid)),
  () =>
    milliseconds(() => spawnSync("ps", ["-ww", "-o", "stat=,lstart=,command=", "-p", String(process.pid)])),
);
