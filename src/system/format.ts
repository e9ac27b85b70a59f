/** Numbers, sizes and times as people read them. English, and the same on every machine. */

const BINARY_UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** `7425` → `7,425`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `formatNumberOf(1, "document")` → `1 document`; the plural takes an s unless given. */
export function formatNumberOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `1536` → `1.5 KiB`; powers of 1024. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0 of the smaller unit.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return formatNumberOf(bytes, "byte");
  return `${value.toFixed(1).replace(/\.0$/, "")} ${BINARY_UNITS[unit]}`;
}

/** Milliseconds → `0.4 ms`, `85 ms`, `1.3 s`, `42 s`, `2 min 5 s`, `3 h 10 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  return formatNumberOf(Math.round(minutes / 1440), "day");
}

/** How long ago a time was: `just now`, `5 minutes ago`, `3 days ago`; the date when that is clearer. */
export function formatAgo(time: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - time.getTime()) / 1000);
  if (Number.isNaN(seconds)) return "at an unknown time";
  if (seconds < -60) return `at ${time.toISOString()}, which is in the future`;
  if (seconds < 45) return "just now";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${formatNumberOf(minutes, "minute")} ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 36) return `${formatNumberOf(hours, "hour")} ago`;
  const days = Math.round(hours / 24);
  return days < 60 ? `${formatNumberOf(days, "day")} ago` : `on ${time.toISOString().slice(0, 10)}`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** The part of a model id that people use: `name@digest:int8:…` → `name`. The whole id is in the JSON. */
export function formatModel(id: string): string {
  return id.split("@", 1)[0] ?? id;
}
