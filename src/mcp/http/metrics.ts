/** What a server counts, in the text format of Prometheus. */

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const LAG_TICK_MS = 20;

export interface Gauges {
  readonly workers: number;
  readonly waiting: number;
  readonly underWay: number;
  readonly replaced: number;
  readonly sessions: number;
  readonly subscriptions: number;
}

export class Metrics implements Disposable {
  readonly #responses = new Map<number, number>();
  /** Of all paths; those that come about are there from the start, so that rates can be made of them. */
  readonly #refusals = new Map<number, number>([401, 403, 413, 503].map((status) => [status, 0]));
  readonly #buckets = new Array<number>(BUCKETS_SECONDS.length).fill(0);
  #count = 0;
  #sum = 0;
  #longestLag = 0;
  #timer: Timer | undefined;

  /** Begins to look at how long this thread is blocked: from when it answers, not while it still loads what it is. */
  watch(): void {
    let last = performance.now();
    this.#timer ??= setInterval(() => {
      const now = performance.now();
      this.#longestLag = Math.max(this.#longestLag, now - last - LAG_TICK_MS);
      last = now;
    }, LAG_TICK_MS);
    this.#timer.unref();
  }

  get requests(): number {
    return this.#count;
  }

  /** @param milliseconds how long it took */
  answered(status: number, milliseconds: number): void {
    this.#responses.set(status, (this.#responses.get(status) ?? 0) + 1);
    const seconds = milliseconds / 1_000;
    this.#count++;
    this.#sum += seconds;
    BUCKETS_SECONDS.forEach((most, place) => {
      if (seconds <= most) this.#buckets[place] = (this.#buckets[place] ?? 0) + 1;
    });
  }

  refused(status: number): void {
    this.#refusals.set(status, (this.#refusals.get(status) ?? 0) + 1);
  }

  text(gauges: Gauges): string {
    const lines = [
      ...family("amalfa_http_responses_total", "counter", "Answers of /mcp, by HTTP status."),
      ...[...this.#responses].map(
        ([status, count]) => `amalfa_http_responses_total{status="${status}"} ${count}`,
      ),
      ...family(
        "amalfa_http_refusals_total",
        "counter",
        "Requests refused, whatever they asked for, by HTTP status.",
      ),
      ...[...this.#refusals].map(
        ([status, count]) => `amalfa_http_refusals_total{status="${status}"} ${count}`,
      ),
      ...family("amalfa_request_seconds", "histogram", "How long answers of /mcp took."),
      ...BUCKETS_SECONDS.map(
        (most, place) => `amalfa_request_seconds_bucket{le="${most}"} ${this.#buckets[place]}`,
      ),
      `amalfa_request_seconds_bucket{le="+Inf"} ${this.#count}`,
      `amalfa_request_seconds_sum ${this.#sum}`,
      `amalfa_request_seconds_count ${this.#count}`,
      ...single("amalfa_requests_waiting", "gauge", "Requests that wait for a worker.", gauges.waiting),
      ...single("amalfa_requests_under_way", "gauge", "Requests that workers have.", gauges.underWay),
      ...single("amalfa_workers", "gauge", "Read workers.", gauges.workers),
      ...single(
        "amalfa_workers_replaced_total",
        "counter",
        "Workers that ended and were replaced.",
        gauges.replaced,
      ),
      ...single("amalfa_sessions", "gauge", "Sessions of clients of earlier revisions.", gauges.sessions),
      ...single("amalfa_subscriptions", "gauge", "Streams that tell of changes.", gauges.subscriptions),
      ...single(
        "amalfa_event_loop_lag_seconds_max",
        "gauge",
        "The longest time that the server's own thread was blocked.",
        this.#longestLag / 1_000,
      ),
      ...single(
        "process_resident_memory_bytes",
        "gauge",
        "Memory of the server's process.",
        process.memoryUsage.rss(),
      ),
    ];
    return `${lines.join("\n")}\n`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function family(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function single(name: string, type: string, help: string, value: number): string[] {
  return [...family(name, type, help), `${name} ${value}`];
}
