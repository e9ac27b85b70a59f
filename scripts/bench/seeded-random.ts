/** Pseudo-random numbers that are the same on every run and machine. */

export { seededNumbers } from "../../src/knowledge/evaluation/metrics.ts";

/** Normally distributed numbers, by the method of Box and Muller. */
export function seededNormal(next: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    const angle = 2 * Math.PI * next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
