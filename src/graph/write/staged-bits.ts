/**
 * Sign bits of all chunks of a write, gathered while their vectors are at hand: none is read again to make the packs.
 */
import { type AllSignBits, bytesPerVector, packOf, type VectorBitsRow, writeSignBits } from "../sign-bits.ts";

const INITIAL_CHUNKS = 1_024;

export class StagedBits implements AllSignBits {
  #ids = new Float64Array(INITIAL_CHUNKS);
  #bits = new Uint32Array(0);
  #words = 0;
  #size = 0;

  /** @param vector of as many dimensions as those before */
  add(id: number, vector: Float32Array): void {
    if (this.#size === 0) {
      this.#words = bytesPerVector(vector.length) / 4;
      this.#bits = new Uint32Array(this.#ids.length * this.#words);
    } else if (this.#size === this.#ids.length) this.#grow();
    this.#ids[this.#size] = id;
    writeSignBits(vector, this.#bits, this.#size * this.#words);
    this.#size++;
  }

  /** The packs in their order, each with its chunks in ascending order. */
  *packs(prefixBits: number): Generator<VectorBitsRow> {
    const ids = this.#ids;
    const order = Uint32Array.from({ length: this.#size }, (_, place) => place);
    order.sort((a, b) => ids[a]! - ids[b]!);
    for (let begin = 0; begin < order.length; ) {
      const pack = packOf(ids[order[begin]!]!, prefixBits);
      let end = begin + 1;
      while (end < order.length && packOf(ids[order[end]!]!, prefixBits) === pack) end++;
      yield this.#row(pack, order.subarray(begin, end));
      begin = end;
    }
  }

  #row(pack: number, places: Uint32Array): VectorBitsRow {
    const words = this.#words;
    const chunks = BigInt64Array.from(places, (place) => BigInt(this.#ids[place]!));
    const bits = new Uint32Array(places.length * words);
    places.forEach((place, index) => {
      bits.set(this.#bits.subarray(place * words, (place + 1) * words), index * words);
    });
    return { pack, chunks, bits };
  }

  #grow(): void {
    const ids = new Float64Array(this.#ids.length * 2);
    ids.set(this.#ids);
    this.#ids = ids;
    const bits = new Uint32Array(this.#bits.length * 2);
    bits.set(this.#bits);
    this.#bits = bits;
  }
}
