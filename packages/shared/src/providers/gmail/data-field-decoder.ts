/** The answer is no JSON object with a field `data`, or ends before its end. */
export class DataFieldError extends Error {
  readonly code = "data_field";
}

const quote = 0x22;
const backslash = 0x5c;
const escapes: Readonly<Record<string, string>> = { "/": "/", n: "", r: "", t: "", b: "", f: "" };
const keyCharsMax = 64;

/**
 * Decodes the top-level field `data` (base64url) of a JSON object while its bytes arrive, so that neither the text nor
 * the content is ever whole in memory. Other fields are passed over, except `size`, which says that a missing `data`
 * is meant. Padding, line ends and the other base64 alphabet are understood, as is any escape of JSON.
 */
export class DataFieldDecoder {
  #depth = 0;
  #place: "structure" | "key" | "skipped" | "data" = "structure";
  /** Of the top-level field that stands next or whose value stands here. */
  #key = "";
  #expectsKey = false;
  #size = "";
  #escape: string | null = null;
  /** base64 characters that make no whole group yet. */
  #carry = "";
  #hasData = false;
  #isComplete = false;

  /** @returns what is decoded of these bytes @throws {DataFieldError} */
  push(chunk: Buffer): Buffer[] {
    const decoded: Buffer[] = [];
    for (let at = 0; at < chunk.length; ) {
      if (this.#escape !== null) at = this.#unescape(chunk, at, decoded);
      else if (this.#place === "structure") this.#readStructure(chunk[at++] as number);
      else at = this.#readString(chunk, at, decoded);
    }
    return decoded;
  }

  /** The last bytes. @throws {DataFieldError} when the answer is not whole */
  end(): Buffer {
    if (!this.#isComplete) throw new DataFieldError("The answer ends too early.");
    if (!this.#hasData && this.#size !== "0") throw new DataFieldError("The answer has no data.");
    return Buffer.from(this.#carry, "base64url");
  }

  #readStructure(byte: number): void {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return;
    if (this.#isComplete) throw new DataFieldError("The answer goes on after its end.");
    const char = String.fromCharCode(byte);
    if (this.#depth === 0 && char !== "{") throw new DataFieldError("The answer is no JSON object.");
    switch (char) {
      case '"':
        this.#beginString();
        break;
      case "{":
      case "[":
        if (++this.#depth === 1) this.#expectsKey = true;
        break;
      case "}":
      case "]":
        if (--this.#depth === 0) this.#isComplete = true;
        break;
      case ",":
        if (this.#depth === 1) this.#expectsKey = true;
        break;
      default:
        if (this.#depth === 1 && this.#key === "size" && !this.#expectsKey && char !== ":")
          this.#size += char;
    }
    if (this.#size.length > keyCharsMax) throw new DataFieldError("The size is no number.");
  }

  #beginString(): void {
    if (this.#depth === 1 && this.#expectsKey) {
      this.#key = "";
      this.#place = "key";
    } else if (this.#depth === 1 && this.#key === "data") {
      this.#hasData = true;
      this.#place = "data";
    } else {
      this.#place = "skipped";
    }
  }

  /** Reads to the string's end, an escape, or the end of the chunk. @returns where to go on */
  #readString(chunk: Buffer, from: number, decoded: Buffer[]): number {
    let end = from;
    while (end < chunk.length && chunk[end] !== quote && chunk[end] !== backslash) end++;
    this.#take(chunk, from, end, decoded);
    if (end === chunk.length) return end;
    if (chunk[end] === backslash) this.#escape = "";
    else this.#endString();
    return end + 1;
  }

  #endString(): void {
    if (this.#place === "key") this.#expectsKey = false;
    this.#place = "structure";
  }

  #take(chunk: Buffer, from: number, end: number, decoded: Buffer[]): void {
    if (this.#place === "data") this.#decode(chunk.toString("latin1", from, end), decoded);
    else if (this.#place === "key")
      this.#key += chunk.toString("latin1", from, Math.min(end, from + keyCharsMax));
    if (this.#key.length > keyCharsMax) this.#key = this.#key.slice(0, keyCharsMax);
  }

  #decode(text: string, decoded: Buffer[]): void {
    const clean = /[^A-Za-z0-9_+/-]/.test(text) ? text.replace(/[^A-Za-z0-9_+/-]/g, "") : text;
    const all = this.#carry === "" ? clean : this.#carry + clean;
    const whole = all.length - (all.length % 4);
    this.#carry = all.slice(whole);
    if (whole > 0) decoded.push(Buffer.from(whole === all.length ? all : all.slice(0, whole), "base64url"));
  }

  #unescape(chunk: Buffer, at: number, decoded: Buffer[]): number {
    const code = (this.#escape ?? "") + String.fromCharCode(chunk[at] as number);
    const isWhole = code[0] === "u" ? code.length === 5 : code.length === 1;
    this.#escape = isWhole ? null : code;
    if (!isWhole) return at + 1;
    const char =
      code[0] === "u" ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code);
    if (this.#place === "data") this.#decode(char, decoded);
    else if (this.#place === "key" && this.#key.length < keyCharsMax) this.#key += char;
    return at + 1;
  }
}
