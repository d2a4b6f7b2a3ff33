//! The calls of WASI preview 1 that a logic has: standard input, output and error, random bytes that follow from
//! the question, and a clock that stands still. It has no arguments, no environment, no files and no network. All
//! other calls end the run.

use crate::guest::{Guest, Stop};
use std::ops::Range;
use wasmtime::{Caller, Extern, Linker, Result, Trap};

/// The module that a logic imports from.
pub(crate) const WASI: &str = "wasi_snapshot_preview1";

// Error numbers of WASI preview 1.
const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const FAULT: i32 = 21;
const INVAL: i32 = 28;
const NOTSUP: i32 = 58;
const SPIPE: i32 = 70;

/// Units of fuel for each call.
const CALL: u64 = 100;
/// Units of fuel for each part of a read or write.
const PART: u64 = 8;
/// Most parts that one read or write has.
const MOST_PARTS: u32 = 1_024;
/// The type of a standard stream: a character device.
const CHARACTER_DEVICE: u8 = 2;
/// The rights to read and to write.
const READ_AND_WRITE: u64 = 1 << 1 | 1 << 6;

type Run<'a> = Caller<'a, Guest>;

/// Takes `units` of the fuel that is left: what the host does for a run counts like what the run does.
fn charge(run: &mut Run, units: u64) -> Result<()> {
    let left = run.get_fuel()?.checked_sub(units);
    run.set_fuel(left.unwrap_or_default())?;
    left.map(|_| ()).ok_or_else(|| Trap::OutOfFuel.into())
}

/// The memory of a run, and its world.
fn world<'a>(run: &'a mut Run) -> Result<(&'a mut [u8], &'a mut Guest)> {
    charge(run, CALL)?;
    let memory = run.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.ok_or(Trap::MemoryOutOfBounds)?;
    Ok(memory.data_and_store_mut(run))
}

/// The bytes from `at` on.
fn range(at: u32, length: u32) -> Option<Range<usize>> {
    let at = usize::try_from(at).ok()?;
    Some(at..at.checked_add(usize::try_from(length).ok()?)?)
}

/// Writes `bytes` at `at`.
fn put(memory: &mut [u8], at: u32, bytes: &[u8]) -> i32 {
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
fn parts(memory: &[u8], at: u32, count: u32) -> Option<Vec<Range<usize>>> {
    let part = |index: u32| {
        let at = at.checked_add(index.checked_mul(8)?)?;
        let range = range(word(memory, at)?, word(memory, at.checked_add(4)?)?)?;
        memory.get(range.clone()).map(|_| range)
    };
    (0..count).map(part).collect()
}

fn read(mut run: Run, stream: i32, at: u32, count: u32, told: u32) -> Result<i32> {
    charge(&mut run, PART.saturating_mul(count.min(MOST_PARTS).into()))?;
    let (memory, guest) = world(&mut run)?;
    if stream != 0 {
        return Ok(BADF);
    }
    if count > MOST_PARTS {
        return Ok(INVAL);
    }
    let Some(parts) = parts(memory, at, count) else {
        return Ok(FAULT);
    };
    // As a pipe does: what is there, as much as the first part that is not empty takes.
    let mut length = 0;
    if let Some(part) = parts.into_iter().find(|part| !part.is_empty()) {
        let bytes = guest.read(part.len());
        length = bytes.len();
        let place = memory.get_mut(part).and_then(|part| part.get_mut(..length));
        let Some(place) = place else {
            return Ok(FAULT);
        };
        place.copy_from_slice(bytes);
    }
    let length = u32::try_from(length)?;
    let done = put(memory, told, &length.to_le_bytes());
    charge(&mut run, length.into())?;
    Ok(done)
}

fn write(mut run: Run, stream: i32, at: u32, count: u32, told: u32) -> Result<i32> {
    charge(&mut run, PART.saturating_mul(count.min(MOST_PARTS).into()))?;
    let (memory, guest) = world(&mut run)?;
    if !matches!(stream, 1 | 2) {
        return Ok(BADF);
    }
    if count > MOST_PARTS {
        return Ok(INVAL);
    }
    let Some(parts) = parts(memory, at, count) else {
        return Ok(FAULT);
    };
    let mut length = 0u32;
    let mut stopped = Ok(());
    for bytes in parts.into_iter().filter_map(|part| memory.get(part)) {
        let Some(sum) = length.checked_add(u32::try_from(bytes.len())?) else {
            return Ok(INVAL);
        };
        length = sum;
        if stream == 1 {
            stopped = stopped.and_then(|()| guest.write(bytes));
        } else {
            guest.log(bytes);
        }
    }
    let done = put(memory, told, &length.to_le_bytes());
    charge(&mut run, length.into())?;
    stopped?;
    Ok(done)
}

fn random(mut run: Run, at: u32, length: u32) -> Result<i32> {
    charge(&mut run, u64::from(length).saturating_mul(8))?;
    let (memory, guest) = world(&mut run)?;
    let place = range(at, length).and_then(|range| memory.get_mut(range));
    Ok(place.map_or(FAULT, |place| {
        guest.random(place);
        SUCCESS
    }))
}

/// Whether a stream is one of the three.
const fn is_open(stream: i32) -> bool {
    matches!(stream, 0..=2)
}

/// The state of a stream: a device that is read and written.
fn state(mut run: Run, stream: i32, at: u32) -> Result<i32> {
    let (memory, _) = world(&mut run)?;
    if !is_open(stream) {
        return Ok(BADF);
    }
    let mut state = [0; 24];
    state[0] = CHARACTER_DEVICE;
    state[8..16].copy_from_slice(&READ_AND_WRITE.to_le_bytes());
    Ok(put(memory, at, &state))
}

/// What a stream is as a file: a device of no size and no time.
fn file(mut run: Run, stream: i32, at: u32) -> Result<i32> {
    let (memory, _) = world(&mut run)?;
    if !is_open(stream) {
        return Ok(BADF);
    }
    let mut file = [0; 64];
    file[16] = CHARACTER_DEVICE;
    Ok(put(memory, at, &file))
}

/// Two sizes of nothing: of a list, and of its texts.
fn none(mut run: Run, count: u32, size: u32) -> Result<i32> {
    let (memory, _) = world(&mut run)?;
    Ok(match put(memory, count, &[0; 4]) {
        SUCCESS => put(memory, size, &[0; 4]),
        fault => fault,
    })
}

/// The time, which stands still at 1970, in nanoseconds.
fn time(mut run: Run, _clock: i32, _precision: i64, at: u32) -> Result<i32> {
    let (memory, _) = world(&mut run)?;
    Ok(put(memory, at, &[0; 8]))
}

/// How fine the clock is, in nanoseconds.
fn resolution(mut run: Run, _clock: i32, at: u32) -> Result<i32> {
    let (memory, _) = world(&mut run)?;
    Ok(put(memory, at, &1u64.to_le_bytes()))
}

/// A call about a stream that changes nothing.
fn about(mut run: Run, stream: i32) -> Result<i32> {
    charge(&mut run, CALL)?;
    Ok(if is_open(stream) { SUCCESS } else { BADF })
}

fn seek(mut run: Run, stream: i32, _offset: i64, _whence: i32, _told: i32) -> Result<i32> {
    charge(&mut run, CALL)?;
    Ok(if is_open(stream) { SPIPE } else { BADF })
}

/// Gives the calls to `linker`.
pub(crate) fn define(linker: &mut Linker<Guest>) -> Result<()> {
    linker
        .func_wrap(WASI, "fd_read", read)?
        .func_wrap(WASI, "fd_write", write)?
        .func_wrap(WASI, "random_get", random)?
        .func_wrap(WASI, "fd_fdstat_get", state)?
        .func_wrap(WASI, "fd_filestat_get", file)?
        .func_wrap(WASI, "args_sizes_get", none)?
        .func_wrap(WASI, "environ_sizes_get", none)?
        .func_wrap(WASI, "clock_time_get", time)?
        .func_wrap(WASI, "clock_res_get", resolution)?
        .func_wrap(WASI, "fd_close", about)?
        .func_wrap(WASI, "fd_seek", seek)?
        .func_wrap(
            WASI,
            "fd_fdstat_set_flags",
            |run: Run, stream: i32, _flags: i32| about(run, stream),
        )?
        .func_wrap(WASI, "args_get", |_: i32, _: i32| SUCCESS)?
        .func_wrap(WASI, "environ_get", |_: i32, _: i32| SUCCESS)?
        .func_wrap(WASI, "fd_prestat_get", |_: i32, _: i32| BADF)?
        .func_wrap(WASI, "fd_prestat_dir_name", |_: i32, _: i32, _: i32| BADF)?
        .func_wrap(WASI, "poll_oneoff", |_: i32, _: i32, _: i32, _: i32| NOTSUP)?
        .func_wrap(WASI, "sched_yield", || SUCCESS)?
        .func_wrap(WASI, "proc_exit", |code: i32| -> Result<()> {
            Err(Stop::Exit(code).into())
        })?;
    Ok(())
}
