/** Lines of standard input and output, by the calls of WASI. */

@external("wasi_snapshot_preview1", "fd_read")
declare function fd_read(stream: i32, parts: usize, count: i32, told: usize): i32;
@external("wasi_snapshot_preview1", "fd_write")
declare function fd_write(stream: i32, parts: usize, count: i32, told: usize): i32;

const LINE_FEED: u8 = 10;
/** Bytes that are read at once. */
const CHUNK = 1 << 16;
/** A part of memory, its address and its length, as the calls name it; and where they tell how much was done. */
const part = memory.data(8);
const told = memory.data(4);

/** What was read and is not taken yet: the bytes from `start` to `end`. */
let bytes = new Uint8Array(CHUNK);
let start = 0;
let end = 0;

function name(address: usize, length: i32): void {
  store<u32>(part, <u32>address);
  store<u32>(part, <u32>length, 4);
}

/** Makes room for a chunk after what was read. */
function makeRoom(): void {
  const kept = end - start;
  const larger = new Uint8Array(2 * kept + CHUNK);
  memory.copy(larger.dataStart, bytes.dataStart + <usize>start, <usize>kept);
  bytes = larger;
  start = 0;
  end = kept;
}

/** The next line without its end; `null` after the last. */
export function read(): string | null {
  let at = start;
  while (true) {
    if (at == end) {
      if (bytes.length - end < CHUNK) {
        makeRoom();
        at = end;
      }
      name(bytes.dataStart + <usize>end, CHUNK);
      if (fd_read(0, part, 1, told) != 0 || load<i32>(told) == 0) {
        return null;
      }
      end += load<i32>(told);
    }
    if (bytes[at] == LINE_FEED) {
      const line = String.UTF8.decodeUnsafe(bytes.dataStart + <usize>start, <usize>(at - start));
      start = at + 1;
      return line;
    }
    at++;
  }
}

/** Writes a line. */
export function write(line: string): void {
  const text = Uint8Array.wrap(String.UTF8.encode(`${line}\n`));
  let written = 0;
  while (written < text.length) {
    name(text.dataStart + <usize>written, text.length - written);
    if (fd_write(1, part, 1, told) != 0) {
      return;
    }
    written += load<i32>(told);
  }
}
