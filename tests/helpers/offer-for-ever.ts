/** Computes made-up vectors and puts them to the remote at the address that it is given, until it is killed. */
import { loadRemote } from "../../src/embedding/remote/index.ts";
import { MODEL } from "./embedding.ts";
import { instantBackend } from "./instant-backend.ts";
import { manyTexts, remoteRun } from "./remote.ts";

await loadRemote();
console.log(`ready for ${MODEL.id}`);
let done = 0;
const backend = instantBackend(async () => {
  if (++done % 50 === 0) await Bun.sleep(1);
});
await remoteRun(process.argv[2]!, manyTexts(5_000), { backend });
await new Promise(() => {});
