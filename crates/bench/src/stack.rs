//! How much of its stack frame the program's hungriest function uses, read from the code. In sBPF v3
//! every call has a frame of [`FRAME`] bytes, and its end is in `r10`.

use anyhow::{Context, Result};

/// Bytes of a stack frame.
pub const FRAME: u64 = 4_096;

/// The register that holds the end of the present frame.
const FRAME_POINTER: u8 = 10;

/// Most bytes that a function in the program `binary` uses of its frame.
pub fn largest_frame(binary: &[u8]) -> Result<u64> {
    let code = code(binary).context("the program is not an ELF file with code")?;
    Ok(deepest_use(code))
}

/// The executable segment.
fn code(elf: &[u8]) -> Option<&[u8]> {
    const HEADER: usize = 64;
    const ENTRY: usize = 56;
    const EXECUTABLE: u32 = 1;
    let count = u16::from_le_bytes(*elf.get(56..)?.first_chunk()?);
    let number = |entry: &[u8], at: usize| -> Option<usize> {
        let bytes = entry.get(at..)?.first_chunk::<8>()?;
        usize::try_from(u64::from_le_bytes(*bytes)).ok()
    };
    elf.get(HEADER..)?
        .chunks_exact(ENTRY)
        .take(count.into())
        .find_map(|entry| {
            let flags = u32::from_le_bytes(*entry.get(4..)?.first_chunk()?);
            if flags & EXECUTABLE == 0 {
                return None;
            }
            let (offset, length) = (number(entry, 8)?, number(entry, 32)?);
            elf.get(offset..)?.get(..length)
        })
}

/// How far below its end a frame is used: by stores relative to `r10`, and by addresses made from it
/// (`mov rX, r10; add rX, -N`). Loads tell nothing more: what they read was stored before, or is an
/// argument that the caller left at the frame's other end.
fn deepest_use(code: &[u8]) -> u64 {
    const SIZES: u8 = 0x18;
    const STORE_NUMBER: u8 = 0x62;
    const STORE: u8 = 0x63;
    const MOVE: u8 = 0xbf;
    const ADD: u8 = 0x07;
    let mut copies = 0u16;
    let mut deepest = 0;
    for &[opcode, registers, low, high, a, b, c, d] in code.as_chunks::<8>().0 {
        let (target, source) = (registers & 15, registers >> 4);
        let offset = i64::from(i16::from_le_bytes([low, high]));
        let number = i64::from(i32::from_le_bytes([a, b, c, d]));
        let below = match opcode & !SIZES {
            STORE_NUMBER | STORE if target == FRAME_POINTER => offset,
            _ if opcode == ADD && copies >> target & 1 == 1 => number,
            _ => 0,
        };
        if below < 0 {
            deepest = deepest.max(below.unsigned_abs());
        }
        let is_copy = opcode == MOVE && source == FRAME_POINTER;
        copies = copies & !(1 << target) | u16::from(is_copy) << target;
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_and_addresses_count() {
        let argument = [0x79, 0xa1, 0x08, 0xf0, 0, 0, 0, 0];
        let store = [0x7b, 0x1a, 0xf0, 0xff, 0, 0, 0, 0];
        let copy = [0xbf, 0xa2, 0, 0, 0, 0, 0, 0];
        let add = [0x07, 0x02, 0, 0, 0, 0xfe, 0xff, 0xff];
        assert_eq!(deepest_use(&[argument, store].concat()), 16);
        assert_eq!(deepest_use(&[store, copy, add].concat()), 512);
        assert_eq!(deepest_use(&add), 0);
    }
}
