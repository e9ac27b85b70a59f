/** What stands in a client's file beside amalfa's entry stays as it is: other settings, comments, form. */
import { describe, expect, test } from "bun:test";
import { type Client, clientNamed } from "../../../src/mcp/clients/clients.ts";
import { mergeEntry, withoutEntry } from "../../../src/mcp/clients/merge.ts";

const places = { root: "/p", env: { HOME: "/home/x" }, platform: "linux" };
const [json, toml] = [clientNamed("cursor", places), clientNamed("codex", places)];
const entry = { command: "/bin/bun", args: ["/a/cli.ts", "--root", "/p", "serve"] };
const earlier = { command: "/old/bun", args: ["/old.ts", "--root", "/p", "serve"] };

const FILES: readonly (readonly [string, Client, string])[] = [
  ["one line", json, '{"mcpServers": {"other": {"command": "x"}}}'],
  ["no server", json, '{"mcpServers": {}, "inputs": []}'],
  ["a comment above", json, '{\n  // ours\n  "mcpServers": {\n    "other": {}\n  }\n}\n'],
  ["a comment behind", json, '{\n  "mcpServers": {\n    "other": {} // about the other\n  }\n}\n'],
  [
    "comments on all sides",
    json,
    '{\n  "mcpServers": {\n    "other": {}, /* a\n b */ // c\n    // "later": {},\n  },\n  // end\n}\n',
  ],
  ["CRLF and tabs", json, '{\r\n\t"mcpServers": {\r\n\t\t"other": {}\r\n\t\t// "later": {}\r\n\t}\r\n}'],
  [
    "only comments",
    json,
    '\uFEFF{\n  "mcpServers": { // none yet\n    // "later": {}\n  }, // behind\n  "inputs": [] // last\n}\n',
  ],
  ["no line end", toml, 'model = "x"'],
  ["a comment behind a value", toml, 'model = "x" # keep\n'],
  ["CRLF and a comment last", toml, '[mcp_servers.other]\r\ncommand = "x"\r\n# env = {}\r\n\r\n'],
  ["a text that reads like the entry", toml, '\uFEFFnote = """\n[mcp_servers.amalfa]\n"""\n# end'],
];

describe("the file that an entry is put into", () => {
  test.each(FILES)("is the same when the entry is gone again, byte for byte: %s", (_, client, before) => {
    const { text } = mergeEntry(client, before, "amalfa", earlier);
    expect(text).not.toBe(before);
    // An update in between changes the entry's own values and nothing else.
    const updated = mergeEntry(client, text, "amalfa", entry);
    expect(updated.change).toBe("replaced");
    expect(withoutEntry(client, updated.text, "amalfa", entry)).toBe(before);
  });

  test("a comment stays with the member that it stands behind", () => {
    const before = '{\n  "mcpServers": {\n    "other": {} // about the other\n    // "later": {}\n  }\n}\n';
    const { text } = mergeEntry(json, before, "amalfa", entry);
    expect(text).toContain('    "other": {}, // about the other\n    "amalfa": {\n');
    expect(text).toEndWith('    }\n    // "later": {}\n  }\n}\n');
  });
});

describe("what the user wrote around an entry and into it", () => {
  const around = `model = "o"

# amalfa, see the wiki
[mcp_servers.amalfa] # ours
command = "/old/bun" # pinned
args = [
  "/old.ts", # by hand
  "--root", "/p", "serve",
] # the rest
# slow disk
startup_timeout_sec = 20 # mine

# how to get a key: ask the others
# [mcp_servers.later]
# command = "later"

[mcp_servers.other]
command = "o"
`;

  test("an update of a TOML table changes two values", () => {
    const { text } = mergeEntry(toml, around, "amalfa", entry);
    expect(text).toBe(
      around
        .replace('"/old/bun"', '"/bin/bun"')
        .replace(/\[\n.*\n.*\n\]/, '[ "/a/cli.ts", "--root", "/p", "serve" ]'),
    );
  });

  test("the removal of a TOML table ends with its last field", () => {
    const [start, end] = [around.indexOf("[mcp_servers.amalfa]"), around.indexOf("\n# how to get")];
    expect(withoutEntry(toml, around, "amalfa", entry)).toBe(around.slice(0, start) + around.slice(end));
  });

  test("JSON keeps comments before, behind and below the entry", () => {
    const before = `{
  "servers": 1,
  "mcpServers": {
    // first
    "amalfa": { "command": "/old/bun", /* pinned */ "args": ["/old.ts", "--root", "/p", "serve"] }, // behind
    // "later": {},
    "other": {}
  }
}
`;
    const { text } = mergeEntry(json, before, "amalfa", entry);
    expect(text).toBe(
      before.replace("/old/bun", "/bin/bun").replace(/\["\/old.ts".*?\]/, JSON.stringify(entry.args)),
    );
    expect(withoutEntry(json, text, "amalfa", entry)).toBe(
      before.replace(/"amalfa": .* \}, (?=\/\/ behind)/, ""),
    );
  });

  test("JSON loses no comment with the entry that is its last", () => {
    const before = `{ "mcpServers": {
  "other": {}, // about the other
  // about nothing
  "amalfa": { "command": "b", "args": ["c", "--root", "/p", "serve"] } // ours
  // "later": {}
} }`;
    expect(withoutEntry(json, before, "amalfa", entry)).toBe(
      '{ "mcpServers": {\n  "other": {} // about the other\n  // about nothing\n  // ours\n  // "later": {}\n} }',
    );
  });
});
