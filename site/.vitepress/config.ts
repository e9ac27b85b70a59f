/** The site that `bun run site` builds from `docs/` and the pages at the top of the repository. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";

/** Pages keep the places of their files, so that the links between them lead where they lead in the repository. */
const HOME = "docs/";

const group = (text: string, items: readonly (readonly [string, string])[], collapsed = false) => ({
  text,
  collapsed,
  items: items.map(([title, link]) => ({
    text: title,
    link: `/${/^[A-Z]/.test(link) ? link : HOME + link}`,
  })),
});

export default defineConfig({
  title: "amalfa",
  description: "A local-first memory layer for agents",
  // The sources lie in `docs/` and at the top; what is not for readers is left out.
  srcDir: "..",
  srcExclude: ["changelog/**", "site/**", "tests/**", "**/node_modules/**", "**/.amalfa/**", "models/**"],
  cleanUrls: true,
  markdown: {
    // Vue takes braces for an expression of its own, also where a page shows what Hugo makes of them.
    config: (md) => {
      const code = md.renderer.rules.code_inline;
      md.renderer.rules.code_inline = (...args) => (code?.(...args) ?? "").replaceAll("{{", "&#123;&#123;");
    },
  },
  // A link that leads nowhere fails the build; these are files of the repository and no pages.
  ignoreDeadLinks: [/\/(?:LICENSE|NOTICE)$/, /\/tests\/[a-z]+$/],
  buildEnd: ({ outDir }) =>
    writeFileSync(
      join(outDir, "index.html"),
      `<!doctype html><meta charset="utf-8"><title>amalfa</title><meta http-equiv="refresh" content="0; url=${HOME}">\n`,
    ),
  vite: {
    plugins: [
      {
        // Pages lie outside of this folder, so that Vue, which is installed here alone, is not found from where they are.
        name: "vue-of-the-site",
        enforce: "pre",
        resolveId: (id, _importer, { ssr }) =>
          ssr === true && /^vue(?:$|\/)/.test(id) ? { id, external: true } : undefined,
      },
    ],
  },
  themeConfig: {
    logoLink: `/${HOME}`,
    search: { provider: "local" },
    outline: [2, 3],
    sidebar: [
      group("Begin", [
        ["Getting started", "getting-started"],
        ["Three people", "guides/three-tasks"],
        ["Concepts", "concepts"],
        ["In a team", "team"],
        ["Moving over", "moving-over"],
      ]),
      group("Use", [
        ["Search", "search"],
        ["How well it finds", "evaluation"],
        ["MCP and tools", "mcp"],
        ["The MCP server in detail", "mcp-protocol"],
        ["Looking after notes", "notes"],
        ["Models", "models"],
        ["Services", "services"],
        ["The vector cache", "cache"],
      ]),
      group("When something is odd", [
        ["Troubleshooting", "guides/troubleshooting"],
        ["The doctor", "doctor"],
        ["Rebuild and reset", "maintenance"],
      ]),
      group("Reference", [
        ["Configuration", "configuration"],
        ["Commands", "commands"],
        ["Errors", "errors"],
        ["JSON", "json"],
      ]),
      group("Behind it", [
        ["Performance", "performance"],
        ["Reliability", "reliability"],
        ["Security", "security"],
        ["Reporting a weakness", "SECURITY"],
        ["Invariants", "invariants"],
        ["Architecture", "architecture"],
        ["Decisions", "decisions/README"],
        ["Contributing", "CONTRIBUTING"],
        ["Changes", "CHANGELOG"],
      ]),
    ],
  },
});
