/**
 * Copies the models' files from the development dependency that carries them to `models/`, from where they are
 * published with the package. Fails, and copies nothing more, on a file whose digest is not the one in the catalogue.
 *
 * `bun scripts/bundle-model.ts [directory]`: to another directory than `models/`, of which nothing is removed.
 */
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { carrierDirectory, PACKAGED_MODELS, readVerified } from "../src/embedding/model/files.ts";
import { MODELS } from "../src/project/models.ts";

const directory = process.argv[2] ?? PACKAGED_MODELS;
// Nothing of an earlier version may be published.
if (directory === PACKAGED_MODELS) await rm(directory, { recursive: true, force: true });
const done = new Set<string>();
for (const model of MODELS) {
  if (done.has(model.directory)) continue;
  done.add(model.directory);
  const carrier = carrierDirectory(model);
  if (carrier === undefined) {
    throw new Error(`The package that carries ${model.name} is not installed. Run \`bun install\` first.`);
  }
  for (const file of Object.values(model.files)) {
    const bytes = await readVerified(join(carrier, file.path), file);
    const target = join(directory, model.directory, file.path);
    await mkdir(dirname(target), { recursive: true });
    await Bun.write(target, bytes);
    console.log(`${model.directory}/${file.path}: ${bytes.length} bytes`);
  }
}
