//! What all calls of WASI share: how they read and write the memory of a run, and what they cost.

use crate::{
    errno::{FAULT, Number, SUCCESS},
    guest::Guest,
};
use std::ops::Range;
use wasmtime::{Caller, Extern, Result, Trap};

/// The module that a logic imports from.
pub(crate) const WASI: &str = "wasi_snapshot_preview1";
/// Units of fuel for each call.
pub(crate) const CALL: u64 = 100;
/// Units of fuel for each part of a read or write.
pub(crate) const PART: u64 = 8;
/// Most parts that one read or write has.
pub(crate) const MOST_PARTS: u32 = 1_024;

/// A run that makes a call.
pub(crate) type Run<'a> = Caller<'a, Guest>;

/// Takes `units` of the fuel that is left: what the host does for a run counts like what the run does.
pub(crate) fn charge(run: &mut Run, units: u64) -> Result<()> {
    let left = run.get_fuel()?.checked_sub(units);
    run.set_fuel(left.unwrap_or_default())?;
    left.map(|_| ()).ok_or_else(|| Trap::OutOfFuel.into())
}

/// The memory of a run, and its world.
pub(crate) fn world<'a>(run: &'a mut Run) -> Result<(&'a mut [u8], &'a mut Guest)> {
    charge(run, CALL)?;
    let memory = run.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.ok_or(Trap::MemoryOutOfBounds)?;
    Ok(memory.data_and_store_mut(run))
}

/// The bytes from `at` on.
pub(crate) fn range(at: u32, length: u32) -> Option<Range<usize>> {
    let at = usize::try_from(at).ok()?;
    Some(at..at.checked_add(usize::try_from(length).ok()?)?)
}

/// Writes `bytes` at `at`.
pub(crate) fn put(memory: &mut [u8], at: u32, bytes: &[u8]) -> Number {
    let length = u32::try_from(bytes.len()).ok();
    let place = length
        .and_then(|length| range(at, length))
        .and_then(|range| memory.get_mut(range));
    place.map_or(FAULT, |place| {
        place.copy_from_slice(bytes);
        SUCCESS
    })
}

fn word(memory: &[u8], at: u32) -> Option<u32> {
    let bytes = memory.get(range(at, 4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// The parts of memory that a read or write names; `None` where one is outside.
pub(crate) fn parts(memory: &[u8], at: u32, count: u32) -> Option<Vec<Range<usize>>> {
    let part = |index: u32| {
        let at = at.checked_add(index.checked_mul(8)?)?;
        let range = range(word(memory, at)?, word(memory, at.checked_add(4)?)?)?;
        memory.get(range.clone()).map(|_| range)
    };
    (0..count).map(part).collect()
}

/// The text at `at`; `None` where it is outside, or no text.
pub(crate) fn text(memory: &[u8], at: u32, length: u32) -> Option<&str> {
    std::str::from_utf8(memory.get(range(at, length)?)?).ok()
}
