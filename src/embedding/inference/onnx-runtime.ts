/**
 * The ONNX runtime, imported so that it reports to nobody.
 *
 * Since 1.30 the runtime's Linux and macOS builds send usage events to their maker, unless ORT_DISABLE_TELEMETRY is
 * set when the library is loaded; they also keep a device id and a queue of events in the user's cache folder and
 * leave a log in the temporary one. The library reads the environment of the process, which assigning to
 * `process.env` does not change under Bun, so `setenv` of the C library is called. Nothing else imports the runtime.
 */
import { dlopen, FFIType, suffix } from "bun:ffi";

export type OnnxRuntime = typeof import("onnxruntime-node");

/**
 * Names of the variable: the one of 1.30, and the one that later versions take instead (microsoft/onnxruntime#29843).
 */
const OPT_OUTS = ["ORT_DISABLE_TELEMETRY", "ORT_TELEMETRY_DISABLED"];

/** The C library by platform: glibc and musl, macOS. The Windows build does not look at the variable. */
const C_LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  linux: ["libc.so.6", `libc.${suffix}`, "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"],
  darwin: ["libSystem.B.dylib"],
};

/** Imports the runtime with its telemetry off. Throws what the import throws. */
export async function importOnnxRuntime(): Promise<OnnxRuntime> {
  for (const name of OPT_OUTS) setEnvironment(name, "1");
  return import("onnxruntime-node");
}

/** Sets a variable where native libraries look for it. */
function setEnvironment(name: string, value: string): void {
  process.env[name] = value;
  for (const library of C_LIBRARIES[process.platform] ?? []) {
    try {
      const symbols = {
        setenv: { args: [FFIType.cstring, FFIType.cstring, FFIType.i32], returns: FFIType.i32 },
      };
      using libc = disposable(dlopen(library, symbols));
      libc.symbols.setenv(cString(name), cString(value), 1);
      return;
    } catch {
      // Another C library then; without any the variable is at least set for processes started from here.
    }
  }
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function disposable<Library extends { close(): void }>(library: Library): Library & Disposable {
  return Object.assign(library, { [Symbol.dispose]: () => library.close() });
}
