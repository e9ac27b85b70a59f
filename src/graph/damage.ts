/** Rows that are not what was written, found by whoever was about to answer from them. */
export class DamagedRows extends Error {
  /** @param what a clause */
  constructor(what: string) {
    super(what);
    this.name = "DamagedRows";
  }
}
