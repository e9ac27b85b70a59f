/** Runs contenders by turns, so that whatever else the machine does hits all of them alike. */

/** Measures once and returns the value: a time, a rate. */
export type Contender = (round: number) => Promise<number> | number;

/** Values of each contender, one for each round. The order is turned round by round. */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]!;
      values[name].push(await contenders[name](round));
    }
  }
  return values;
}

/** Milliseconds of processor time that this process takes for the work, on all its threads. */
export async function processorMilliseconds(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Milliseconds that the work takes. */
export async function milliseconds(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
