/** Consent to settings that are programs, kept apart from that of whoever runs the tests. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConsent } from "../../src/project/index.ts";

process.env.XDG_STATE_HOME = mkdtempSync(join(tmpdir(), "amalfa-test-state-"));

/** Agrees to a settings file as it is, as `amalfa trust` does. */
export async function agreeTo(file: string): Promise<void> {
  (await loadConsent()).trustSettings(file);
}
