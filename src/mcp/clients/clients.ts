/** MCP clients: where each keeps its servers, and in which form. */
import { homedir } from "node:os";
import { join } from "node:path";

export const CLIENTS = ["claude-code", "claude-desktop", "cursor", "vscode", "codex"] as const;

export type ClientName = (typeof CLIENTS)[number];

export interface Client {
  readonly name: ClientName;
  readonly title: string;
  /** Absolute path of the file that `--write` merges into. */
  readonly file: string;
  /** Whether the file belongs to the project or to the user, who may have several projects. */
  readonly scope: "project" | "user";
  readonly format: "json" | "json with comments" | "toml";
  /** The key that holds the servers by name. */
  readonly key: string;
  /** Fields of an entry besides `command` and `args`. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface ClientPlaces {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

/** The client as it is set up on this system. Files and keys are those of the clients' own documentation. */
export function clientNamed(name: ClientName, places: ClientPlaces): Client {
  const home = places.env.HOME ?? places.env.USERPROFILE ?? homedir();
  const { root } = places;
  switch (name) {
    case "claude-code":
      return {
        name,
        title: "Claude Code",
        file: join(root, ".mcp.json"),
        scope: "project",
        format: "json",
        key: "mcpServers",
        extra: { type: "stdio" },
      };
    case "claude-desktop":
      return {
        name,
        title: "Claude Desktop",
        file: join(claudeDesktopFolder(home, places), "claude_desktop_config.json"),
        scope: "user",
        format: "json",
        key: "mcpServers",
        extra: {},
      };
    case "cursor":
      return {
        name,
        title: "Cursor",
        file: join(root, ".cursor", "mcp.json"),
        scope: "project",
        format: "json with comments",
        key: "mcpServers",
        extra: {},
      };
    case "vscode":
      return {
        name,
        title: "VS Code",
        file: join(root, ".vscode", "mcp.json"),
        scope: "project",
        format: "json with comments",
        key: "servers",
        extra: { type: "stdio" },
      };
    case "codex":
      return {
        name,
        title: "Codex",
        file: join(places.env.CODEX_HOME ?? join(home, ".codex"), "config.toml"),
        scope: "user",
        format: "toml",
        key: "mcp_servers",
        extra: {},
      };
  }
}

/** The file of a project that a client reads before it works; undefined where it has none. */
export function instructionsFile(name: ClientName): "CLAUDE.md" | "AGENTS.md" | undefined {
  if (name === "claude-desktop") return undefined;
  return name === "claude-code" ? "CLAUDE.md" : "AGENTS.md";
}

function claudeDesktopFolder(home: string, { platform, env }: ClientPlaces): string {
  if (platform === "darwin") return join(home, "Library", "Application Support", "Claude");
  if (platform === "win32") return join(env.APPDATA ?? join(home, "AppData", "Roaming"), "Claude");
  return join(env.XDG_CONFIG_HOME ?? join(home, ".config"), "Claude");
}
