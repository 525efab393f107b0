const lineFeed = 10;
const carriageReturn = 13;
const quoteMark = 0x3e;
const from = Buffer.from("From ");
const quote = Buffer.from(">");
const newline = Buffer.from("\n");

/**
 * A message as an entry of an mbox (RFC 4155, with the quoting that is called mboxrd, which can be undone): lines end with
 * a line feed, and one that begins with "From ", quoted any number of times, is quoted once more. So no line of a message
 * can be taken for the beginning of the next one. Holds a few bytes beyond the piece at hand.
 *
 * @returns the pieces, and the empty line that ends the entry
 */
export async function* quoteMbox(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const quoter = new MboxQuoter();
  for await (const piece of source) yield Buffer.concat(quoter.write(Buffer.from(piece)));
  yield Buffer.concat(quoter.end());
}

class MboxQuoter {
  /** What cannot be written yet: the beginning of "From ", or a carriage return that a line feed may follow. */
  #held: Buffer = Buffer.alloc(0);
  #isInLine = false;
  #endsLine = true;

  write(piece: Buffer): Buffer[] {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#held = Buffer.alloc(0);
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; )
      at = this.#isInLine ? this.#rest(bytes, at, out) : this.#start(bytes, at, out);
    return out;
  }

  end(): Buffer[] {
    const out = this.#held.length === 0 ? [] : [this.#held];
    if (this.#held.length > 0) this.#endsLine = false;
    return this.#endsLine ? [...out, newline] : [...out, newline, newline];
  }

  /** Quotation marks are written as they come: where among them another one is put makes no difference. */
  #start(bytes: Buffer, at: number, out: Buffer[]): number {
    let mark = at;
    while (bytes[mark] === quoteMark) mark++;
    this.#put(bytes.subarray(at, mark), out);
    const rest = bytes.subarray(mark, mark + from.length);
    if (rest.length < from.length && from.subarray(0, rest.length).equals(rest)) {
      this.#held = rest;
      return bytes.length;
    }
    if (rest.equals(from)) this.#put(quote, out);
    this.#isInLine = true;
    return mark;
  }

  #rest(bytes: Buffer, at: number, out: Buffer[]): number {
    const end = bytes.indexOf(lineFeed, at);
    if (end === -1) {
      const isOpen = bytes.at(-1) === carriageReturn;
      const last = isOpen ? bytes.length - 1 : bytes.length;
      this.#put(bytes.subarray(at, last), out);
      if (isOpen) this.#held = bytes.subarray(last);
      return bytes.length;
    }
    this.#put(bytes.subarray(at, bytes[end - 1] === carriageReturn && end > at ? end - 1 : end), out);
    this.#put(newline, out);
    this.#isInLine = false;
    return end + 1;
  }

  #put(bytes: Buffer, out: Buffer[]): void {
    if (bytes.length === 0) return;
    out.push(bytes);
    this.#endsLine = bytes.at(-1) === lineFeed;
  }
}

const nobody = "MAILER-DAEMON";

/** The line that begins an entry. @param address of the sender; what is none of one word stands for nobody */
export function mboxFromLine(address: string | null, at: Date | null): string {
  const sender = address !== null && /^[^\s@]{1,200}@[^\s@]{1,200}$/.test(address) ? address : nobody;
  const [day = "", date = "", month = "", year = "", time = ""] = (at ?? new Date(0))
    .toUTCString()
    .split(/,? /);
  // As asctime writes it: the day of the month takes two places.
  return `From ${sender} ${day} ${month} ${String(Number(date)).padStart(2)} ${time} ${year}\n`;
}
