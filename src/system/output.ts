/** What a library or a settings module prints must not end up among results (I10). */

const PRINTING = [
  "log",
  "info",
  "debug",
  "dir",
  "table",
  "group",
  "groupCollapsed",
  "count",
  "timeEnd",
  "timeLog",
] as const;

/**
 * Sends what others write to stdout to stderr: until it is disposed of what goes through the stream, and what goes
 * through the console for good, since a module may print long after it was loaded. Nothing of amalfa's uses the
 * console.
 */
export function sendStrayOutputToStderr(): Disposable {
  for (const name of PRINTING) console[name] = console.error.bind(console);
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  return {
    [Symbol.dispose]() {
      process.stdout.write = write;
    },
  };
}
