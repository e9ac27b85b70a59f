/**
 * The bundle for desktop clients (`.mcpb`): what is packed, with what it needs to run beside it and its manifest, by
 * the format's own packer. Proved by what a client does with it: unpacked, started as the manifest says, asked for
 * its tools.
 */
import { cpSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { command } from "./tools.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly server: { readonly mcp_config: { readonly command: string; readonly args: readonly string[] } };
  readonly compatibility: object;
}

export interface DesktopBundle {
  readonly file: string;
  /** How many tools it offers. */
  readonly tools: number;
}

/** @param inside the unpacked package of this clone, which runs on machines of this kind */
export async function makeDesktopBundle(
  root: string,
  inside: string,
  work: string,
  out: string,
): Promise<DesktopBundle> {
  const folder = join(work, "bundle");
  cpSync(inside, folder, { recursive: true });
  const given = JSON.parse(readFileSync(join(root, "plugins/mcpb/manifest.json"), "utf8")) as Manifest;
  const manifest = { ...given, compatibility: { ...given.compatibility, platforms: [process.platform] } };
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const flags = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await command(["npm", "install", ...flags], folder);
  const packer = [process.execPath, join(root, "node_modules/@anthropic-ai/mcpb/dist/cli/cli.js")];
  const { name, version } = manifest;
  const file = join(out, `${name}-${version}-${process.platform}-${process.arch}.mcpb`);
  await command([...packer, "pack", folder, file], work);
  const unpacked = join(work, "unpacked-bundle");
  mkdirSync(unpacked);
  await command([...packer, "unpack", file, unpacked], work);
  return { file, tools: await toolsOf(unpacked, work) };
}

async function toolsOf(bundle: string, work: string): Promise<number> {
  const notes = join(work, "notes-of-bundle");
  mkdirSync(notes);
  writeFileSync(join(notes, "note.md"), "# Note\n\nA word.\n");
  const { server } = JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8")) as Manifest;
  const filled = (text: string): string =>
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as clients fill it in
    text.replace("${__dirname}", bundle).replace("${user_config.folder}", notes);
  const transport = new StdioClientTransport({
    command: realpathSync(Bun.which(server.mcp_config.command) ?? server.mcp_config.command),
    args: server.mcp_config.args.map(filled),
    // Nothing of this clone, and no Bun but its own.
    env: { PATH: "/nowhere", HOME: work },
    stderr: "inherit",
  });
  const client = new Client({ name: "release", version: "1" });
  await client.connect(transport);
  const { tools } = await client.listTools();
  await client.close();
  if (!tools.some(({ name }) => name === "search_documents"))
    throw new Error("What the bundle starts does not offer search_documents.");
  return tools.length;
}
