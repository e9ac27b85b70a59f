/**
 * What programs for agents install: the bundle's manifest by its published schema, the plugin and the registry's entry
 * by what their documentation asks for, and each by doing what it says.
 *
 * The schema of bundles comes in a package. The plugin is judged by its client's own validator, see
 * `claude-code.test.ts`. The schema of `server.json` (`server.schema.json` of static.modelcontextprotocol.io) is published
 * on the web alone: what is asked here of the entry is stricter than that of 2025-12-11.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import manifestSchema from "@anthropic-ai/mcpb/mcpb-manifest-v0.3.schema.json" with { type: "json" };
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Ajv } from "ajv";
import { z } from "zod";
import marketplace from "../../.claude-plugin/marketplace.json" with { type: "json" };
import packageJson from "../../package.json" with { type: "json" };
import plugin from "../../plugins/claude-code/.claude-plugin/plugin.json" with { type: "json" };
import hooks from "../../plugins/claude-code/hooks/hooks.json" with { type: "json" };
import manifest from "../../plugins/mcpb/manifest.json" with { type: "json" };
import server from "../../server.json" with { type: "json" };
import { loadTokens } from "../../src/knowledge/index.ts";
import { init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

const TOP = join(import.meta.dir, "../..");
const PLUGIN = join(TOP, "plugins/claude-code");

let folder: TempFolder;
let env: Record<string, string>;

beforeAll(async () => {
  folder = notesFolder();
  await init(folder);
  // As an installed package has it.
  mkdirSync(folder.join(".amalfa/bin"));
  symlinkSync(join(TOP, "bin/amalfa.js"), folder.join(".amalfa/bin/amalfa"));
  chmodSync(join(TOP, "bin/amalfa.js"), 0o755);
  env = {
    ...(process.env as Record<string, string>),
    PATH: `${folder.join(".amalfa/bin")}:${process.env.PATH}`,
  };
}, 300_000);

afterAll(() => folder[Symbol.dispose]());

async function toolsOf(command: string, args: readonly string[]): Promise<string[]> {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({ command, args: [...args], cwd: folder.path, env, stderr: "ignore" }),
  );
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

describe("the bundle", () => {
  test("has a manifest that fits its published schema", () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(manifestSchema);
    expect(validate(manifest) ? [] : validate.errors).toEqual([]);
    expect(validate({ ...manifest, surprise: 1 })).toBe(false);
  });

  test("is about this package, and what it starts serves the folder that was chosen", async () => {
    const { name, version } = packageJson;
    expect(manifest).toMatchObject({ name, version, license: packageJson.license });
    expect(existsSync(join(TOP, manifest.server.entry_point))).toBe(true);
    const { command, args } = manifest.server.mcp_config;
    const filled = args.map((arg) =>
      arg.replace(/\$\{__dirname\}/, TOP).replace(/\$\{user_config\.folder\}/, folder.path),
    );
    expect(filled.join(" ")).not.toContain("${");
    expect(await toolsOf(command, filled)).toContain("search_documents");
  });
});

describe("the plugin for Claude Code", () => {
  test("has a manifest, and a marketplace that leads to it", () => {
    const described = z.strictObject({
      name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
      version: z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/),
      description: z.string().min(1),
      author: z.strictObject({ name: z.string().min(1) }),
      license: z.string(),
      keywords: z.array(z.string()),
    });
    expect(described.parse(plugin).version).toBe(packageJson.version);
    const [entry] = marketplace.plugins;
    expect(entry?.name).toBe(plugin.name);
    expect(existsSync(join(TOP, entry?.source ?? "", ".claude-plugin/plugin.json"))).toBe(true);
  });

  test("its skill says when to use it, in as many characters as are read", () => {
    const text = readFileSync(join(PLUGIN, "skills/amalfa/SKILL.md"), "utf8");
    const [, front = ""] = /^---\n(.*?)\n---\n/s.exec(text) ?? [];
    const { name, description } = Bun.YAML.parse(front) as { name: string; description: string };
    expect(name).toBe("amalfa");
    expect(description.length).toBeLessThanOrEqual(1_024);
    expect(description).toContain("Use it");
  });

  test("its hook tells a session what the memory holds, in at most 800 tokens, and is silent elsewhere", async () => {
    const [group] = hooks.hooks.SessionStart;
    const [hook] = group?.hooks ?? [];
    expect(hook).toMatchObject({ type: "command" });
    const said = (cwd: string) => {
      const { exitCode, stdout, stderr } = Bun.spawnSync(["sh", "-c", hook?.command ?? "false"], {
        cwd,
        env,
      });
      return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
    };
    const here = said(folder.path);
    expect(here).toMatchObject({ exitCode: 0, stderr: "" });
    expect(here.stdout).toContain("holds 5 documents");
    const tokens = await (await loadTokens()).loadTokenCount({ paths: { models: folder.path } } as never);
    expect(tokens(here.stdout)).toBeLessThanOrEqual(800);
    expect(said("/")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  test("its server is this program's", async () => {
    const { mcpServers } = await Bun.file(join(PLUGIN, ".mcp.json")).json();
    expect(await toolsOf(mcpServers.amalfa.command, mcpServers.amalfa.args)).toContain("search_documents");
  });
});

test("the registry's entry has what the registry asks for, and starts the server", () => {
  const argument = z.union([
    z.strictObject({ type: z.literal("positional"), value: z.string() }),
    z.strictObject({
      type: z.literal("named"),
      name: z.string().startsWith("--"),
      description: z.string(),
      format: z.enum(["string", "number", "boolean", "filepath"]),
      isRequired: z.boolean(),
    }),
  ]);
  const entry = z.strictObject({
    $schema: z
      .string()
      .regex(/^https:\/\/static\.modelcontextprotocol\.io\/schemas\/\d{4}-\d\d-\d\d\/server\.schema\.json$/),
    name: z
      .string()
      .min(3)
      .max(200)
      .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
    title: z.string().min(1).max(100),
    description: z.string().min(1).max(100),
    version: z.string().max(255),
    packages: z
      .array(
        z.strictObject({
          registryType: z.literal("npm"),
          identifier: z.string(),
          version: z.string(),
          runtimeHint: z.literal("npx"),
          transport: z.strictObject({ type: z.literal("stdio") }),
          packageArguments: z.array(argument),
        }),
      )
      .min(1),
  });
  expect(entry.parse(server).version).toBe(packageJson.version);
});
