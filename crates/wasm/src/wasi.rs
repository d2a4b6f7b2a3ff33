//! The calls of WASI preview 1 that a logic has: standard input, output and error, random bytes that follow from
//! the question, and a clock that stands still. It has no arguments, no environment and no network, and files only in
//! its work, if the operator grants a folder (`folder`). All other calls end the run.

use crate::{
    errno::{BADF, FAULT, INVAL, NOTSUP, SPIPE, SUCCESS},
    folder,
    guest::{Guest, Stop},
    memory::{CALL, MOST_PARTS, PART, Run, WASI, charge, parts, put, range, world},
};
use std::io::SeekFrom;
use wasmtime::{Linker, Result};

/// The type of a standard stream: a character device.
const CHARACTER_DEVICE: u8 = 2;
/// The rights to read and to write.
const READ_AND_WRITE: u64 = 1 << 1 | 1 << 6;

fn read(mut run: Run, stream: i32, at: u32, count: u32, told: u32) -> Result<i32> {
    charge(&mut run, PART.saturating_mul(count.min(MOST_PARTS).into()))?;
    let (memory, guest) = world(&mut run)?;
    if matches!(stream, 1 | 2) {
        return Ok(BADF);
    }
    if count > MOST_PARTS {
        return Ok(INVAL);
    }
    let Some(parts) = parts(memory, at, count) else {
        return Ok(FAULT);
    };
    // As a pipe does: what is there, as much as the first part that is not empty takes.
    let part = parts.into_iter().find(|part| !part.is_empty());
    let place = part.and_then(|part| memory.get_mut(part));
    let read = match (place.unwrap_or_default(), stream) {
        ([], _) => Ok(0),
        (place, 0) => {
            let bytes = guest.read(place.len());
            let part = place.get_mut(..bytes.len());
            if let Some(part) = part {
                part.copy_from_slice(bytes);
            }
            Ok(bytes.len())
        }
        (place, file) => guest.files().read(file, None, place),
    };
    let length = match read {
        Ok(length) => length,
        Err(error) => return Ok(error),
    };
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
    let (memory, guest) = world(&mut run)?;
    if !is_open(stream) {
        return Ok(folder::state(memory, guest, stream, at));
    }
    let mut state = [0; 24];
    state[0] = CHARACTER_DEVICE;
    state[8..16].copy_from_slice(&READ_AND_WRITE.to_le_bytes());
    Ok(put(memory, at, &state))
}

/// What a stream is as a file: a device of no size and no time.
fn file(mut run: Run, stream: i32, at: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    if !is_open(stream) {
        let facts = guest.files().facts(stream);
        return Ok(facts.map_or_else(|error| error, |facts| folder::tell(memory, at, &facts)));
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

fn close(mut run: Run, stream: i32) -> Result<i32> {
    let (_, guest) = world(&mut run)?;
    if is_open(stream) {
        return Ok(SUCCESS);
    }
    Ok(guest.files_mut().close(stream).err().unwrap_or(SUCCESS))
}

fn seek(mut run: Run, stream: i32, offset: i64, whence: i32, told: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    if is_open(stream) {
        return Ok(SPIPE);
    }
    let to = match (whence, u64::try_from(offset)) {
        (0, Ok(offset)) => SeekFrom::Start(offset),
        (1, _) => SeekFrom::Current(offset),
        (2, _) => SeekFrom::End(offset),
        _ => return Ok(INVAL),
    };
    let place = guest.files().seek(stream, to);
    Ok(place.map_or_else(
        |error| error,
        |place| put(memory, told, &place.to_le_bytes()),
    ))
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
        .func_wrap(WASI, "fd_close", close)?
        .func_wrap(WASI, "fd_seek", seek)?
        .func_wrap(
            WASI,
            "fd_fdstat_set_flags",
            |run: Run, stream: i32, _flags: i32| about(run, stream),
        )?
        .func_wrap(WASI, "args_get", |_: i32, _: i32| SUCCESS)?
        .func_wrap(WASI, "environ_get", |_: i32, _: i32| SUCCESS)?
        .func_wrap(WASI, "poll_oneoff", |_: i32, _: i32, _: i32, _: i32| NOTSUP)?
        .func_wrap(WASI, "sched_yield", || SUCCESS)?
        .func_wrap(WASI, "proc_exit", |code: i32| -> Result<()> {
            Err(Stop::Exit(code).into())
        })?;
    folder::define(linker)
}
