/** An entry put into settings that are TOML: what is not the entry's own stays as it is. */
import { describe, expect, test } from "bun:test";
import { parse as parseToml } from "smol-toml";
import { type Client, clientNamed } from "../../../src/mcp/clients/clients.ts";
import { mergeEntry, withoutEntry } from "../../../src/mcp/clients/merge.ts";

describe("merging TOML", () => {
  const codex: Client = clientNamed("codex", { root: "/p", env: { HOME: "/home/x" }, platform: "linux" });
  const entry = { command: "/bin/bun", args: ["/a/cli.ts", "--root", "/p", "serve"] };
  const stale =
    '[mcp_servers.amalfa]\ncommand = "old"\nargs = ["c", "--root", "/p", "serve"]\nstartup_timeout_sec = 20 # mine\n';

  test("everything else stays byte for byte", () => {
    const before =
      '# mine\r\nmodel = "o" # keep\r\n\r\n[mcp_servers.other]\r\ncommand = "x"\r\nwhen = 2024-01-01T00:00:00Z\r\n';
    const { text, change } = mergeEntry(codex, before, "amalfa", entry);
    expect(change).toBe("added");
    expect(text).toStartWith(before);
    expect(text.replaceAll("\r\n", "")).not.toContain("\n");
  });

  test("a file without a last line end is not run into", () => {
    const { text } = mergeEntry(codex, 'model = "o"', "amalfa", entry);
    expect(parseToml(text)).toEqual({ model: "o", mcp_servers: { amalfa: entry } });
  });

  test("an entry is replaced between what stands before and after it", () => {
    const before = `a = 1\n\n${stale}\n[profiles.x]\nb = 2 # keep\n`;
    const { text, change } = mergeEntry(codex, before, "amalfa", entry);
    expect(change).toBe("replaced");
    expect(text).toStartWith("a = 1\n\n[mcp_servers.amalfa]\n");
    expect(text).toEndWith("\n\n[profiles.x]\nb = 2 # keep\n");
    expect(parseToml(text)).toEqual({
      a: 1,
      mcp_servers: { amalfa: { ...entry, startup_timeout_sec: 20 } },
      profiles: { x: { b: 2 } },
    });
  });

  test("an entry with a table of its own keeps it, and takes it along when it goes", () => {
    const before = `a = 1\n\n${stale}\n[mcp_servers.amalfa.env]\nA = "1" # mine\n`;
    const { text } = mergeEntry(codex, before, "amalfa", entry);
    expect(text).toEndWith('\nstartup_timeout_sec = 20 # mine\n\n[mcp_servers.amalfa.env]\nA = "1" # mine\n');
    expect(parseToml(text)).toEqual({
      a: 1,
      mcp_servers: { amalfa: { ...entry, startup_timeout_sec: 20, env: { A: "1" } } },
    });
    expect(withoutEntry(codex, text, "amalfa", entry)).toBe("a = 1\n");
  });
});
