/** A process that a test starts to be looked at, ended with the test. */

export class HelperProcess implements AsyncDisposable {
  readonly child: Bun.Subprocess<"pipe", "pipe", "inherit">;

  private constructor(command: readonly string[]) {
    this.child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  }

  /** Starts a script of the tests and waits until it has said something. Answers the process and its first line. */
  static async start(script: string, ...args: string[]): Promise<HelperProcess> {
    return HelperProcess.run([process.execPath, `${import.meta.dir}/${script}`, ...args]);
  }

  /** A process that has a file open for reading. */
  static async holdOpen(path: string): Promise<HelperProcess> {
    return HelperProcess.run(["sh", "-c", 'exec 3<"$1"; echo ready; exec cat', "sh", path]);
  }

  static async run(command: readonly string[]): Promise<HelperProcess> {
    const started = new HelperProcess(command);
    const reader = started.child.stdout.getReader();
    const { value } = await reader.read();
    started.firstLine = new TextDecoder().decode(value).trim();
    reader.releaseLock();
    return started;
  }

  firstLine = "";

  get pid(): number {
    return this.child.pid;
  }

  /** Everything it prints from now on, to its end. */
  async rest(): Promise<string> {
    let text = "";
    const decoder = new TextDecoder();
    for await (const part of this.child.stdout) text += decoder.decode(part, { stream: true });
    return text + decoder.decode();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child.exited;
  }
}
