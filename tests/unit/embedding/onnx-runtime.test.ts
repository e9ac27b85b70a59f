import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { amalfa } from "../../helpers/amalfa.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

describe("the ONNX runtime", () => {
  test("reports to nobody: inference leaves nothing in the home and the temporary folder", async () => {
    using folder = new TempFolder().write({
      "notes/a.md": "# A\n\nSomething to embed.\n",
      "home/.keep": "",
      "tmp/.keep": "",
    });
    const env = {
      HOME: folder.join("home"),
      TMPDIR: folder.join("tmp"),
      // Bun keeps what it has transpiled, which is not what this is about.
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
      // Continuous integration sets these, and the runtime then keeps quiet by itself.
      ...Object.fromEntries(
        ["CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY"].map((name) => [name, ""]),
      ),
    };
    const { status, stdout } = await amalfa(["--json", "--root", folder.join("notes"), "init"], {
      cwd: folder.path,
      env,
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout).embedding).toMatchObject({ misses: 1, modelLoaded: true });
    expect(readdirSync(folder.join("home"))).toEqual([".keep"]);
    expect(readdirSync(folder.join("tmp"))).toEqual([".keep"]);
  });
});
