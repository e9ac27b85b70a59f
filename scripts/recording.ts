/**
 * Draws `docs/recording.svg`, a first session as the README shows it, from what the program really prints:
 * `bun scripts/recording.ts`. The picture follows the reader's light or dark colours.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** What is shown here is nobody's project. */
process.env.AMALFA_REGISTRY = "off";
const PICTURE = join(ROOT, "docs/recording.svg");

const NOTES: Readonly<Record<string, string>> = {
  "backups.md":
    "# Backups\n\nThree copies: one on the laptop, one at home, one far away.\n\n## How we decided\n\nRestic won over Borg, because it writes to object storage.\nA restore is tried every month.\n",
  "network.md":
    "# Network\n\nThe router hands out addresses from 192.168.7.20 on. See [backups](backups.md).\n",
  "journal/2026-03-02.md": "# A slow restore\n\nIt took forty minutes. [[backups]] says ten.\n",
};

const SESSION: readonly (readonly string[])[] = [
  ["init"],
  ["search", "--limit", "2", "why did we choose that backup program"],
  ["explore", "backups.md"],
  ["doctor"],
];

const FONT_SIZE = 14;
const LINE_HEIGHT = 20;
const CHARACTER = 8.43;
const MARGIN = 18;
const COLUMNS = 101;

interface Line {
  readonly text: string;
  readonly kind: "command" | "output";
}

async function play(folder: string): Promise<Line[]> {
  const lines: Line[] = [];
  for (const args of SESSION) {
    const child = Bun.spawn([process.execPath, join(ROOT, "src/cli.ts"), ...args], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", COLUMNS: String(COLUMNS) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const printed = (await new Response(child.stdout).text()).replaceAll(folder, "~/notes");
    if ((await child.exited) !== 0) throw new Error(`amalfa ${args.join(" ")} failed:\n${printed}`);
    const typed = args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ");
    lines.push({ text: `$ amalfa ${typed}`, kind: "command" });
    lines.push(...printed.trimEnd().split("\n").flatMap(wrapped), { text: "", kind: "output" });
  }
  return lines.slice(0, -1);
}

/** At the width of the picture, as a terminal would break it. */
function wrapped(text: string): Line[] {
  const parts = text.match(new RegExp(`.{1,${COLUMNS}}`, "gu")) ?? [""];
  return parts.map((part) => ({ text: part, kind: "output" }));
}

function draw(lines: readonly Line[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const rows = lines.map(({ text, kind }, at) => {
    const y = MARGIN + (at + 1) * LINE_HEIGHT - 5;
    return text === "" ? "" : `<text class="${kind}" x="${MARGIN}" y="${y}">${escapeXml(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>A first session with amalfa: init, search, explore, doctor</title>
<style>
rect { fill: #f6f8fa; stroke: #d0d7de; }
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #1f2328; }
.command { fill: #0550ae; font-weight: bold; }
@media (prefers-color-scheme: dark) {
rect { fill: #0d1117; stroke: #30363d; }
text { fill: #e6edf3; }
.command { fill: #79c0ff; }
}
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${rows.filter((row) => row !== "").join("\n")}
</svg>
`;
}

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const folder = mkdtempSync(join(tmpdir(), "amalfa-recording-"));
try {
  for (const [path, text] of Object.entries(NOTES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  writeFileSync(PICTURE, draw(await play(folder)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
