//! The calls of WASI preview 1 about folders and the files in them. Only the run of a work has any, and only those that
//! its operator grants; in every other run a call that names a path ends the run, as every call does that no logic has.

use crate::{
    errno::{BADF, FAULT, INVAL, NOTSUP, Number, ROFS, SUCCESS},
    files::{Facts, Files},
    guest::{Guest, Stop},
    memory::{MOST_PARTS, Run, WASI, parts, put, range, text, world},
};
use std::io::SeekFrom;
use wasmtime::{Linker, Result};

/// The types of a folder and of a file.
const FOLDER: u8 = 3;
const FILE: u8 = 4;
/// The rights to read, seek, tell, look at, open, list, and look at by a path.
const READ_ONLY: u64 = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 13 | 1 << 14 | 1 << 18 | 1 << 21;
/// The right to write.
const WRITE: u64 = 1 << 6;
/// How a path is opened: as a folder; and all that makes or empties a file.
const AS_FOLDER: i32 = 1 << 1;
const CHANGES: i32 = 1 | 1 << 2 | 1 << 3;

/// The number of an outcome.
fn outcome(done: std::result::Result<Number, Number>) -> Number {
    done.unwrap_or_else(|error| error)
}

/// The files of a run that has folders.
///
/// # Errors
/// The run ends: it has none.
fn files<'a>(guest: &'a mut Guest, call: &'static str) -> Result<&'a mut Files> {
    if guest.has_folders() {
        return Ok(guest.files_mut());
    }
    Err(Stop::Missing(call).into())
}

const fn kind(facts: &Facts) -> u8 {
    if facts.is_folder { FOLDER } else { FILE }
}

/// Writes what is known of a file or folder at `at`. It has no times, as the clock stands still.
pub(crate) fn tell(memory: &mut [u8], at: u32, facts: &Facts) -> Number {
    let mut file = [0; 64];
    file[8..16].copy_from_slice(&facts.number.to_le_bytes());
    file[16] = kind(facts);
    file[24..32].copy_from_slice(&facts.links.to_le_bytes());
    file[32..40].copy_from_slice(&facts.size.to_le_bytes());
    put(memory, at, &file)
}

/// The state of a descriptor that is no stream: it may be read.
pub(crate) fn state(memory: &mut [u8], guest: &Guest, descriptor: i32, at: u32) -> Number {
    let written = guest.files().facts(descriptor).map(|facts| {
        let mut state = [0; 24];
        state[0] = kind(&facts);
        state[8..16].copy_from_slice(&READ_ONLY.to_le_bytes());
        state[16..24].copy_from_slice(&READ_ONLY.to_le_bytes());
        put(memory, at, &state)
    });
    outcome(written)
}

/// The name by which the run knows a granted folder.
fn name(guest: &Guest, descriptor: i32) -> Option<String> {
    let name = guest.files().name(descriptor)?;
    Some(format!("/{name}"))
}

/// That a descriptor is a granted folder, and how long its name is.
fn prestat(mut run: Run, descriptor: i32, at: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let Some(name) = name(guest, descriptor) else {
        return Ok(BADF);
    };
    let mut granted = [0; 8];
    granted[4..8].copy_from_slice(&u32::try_from(name.len())?.to_le_bytes());
    Ok(put(memory, at, &granted))
}

fn prestat_name(mut run: Run, descriptor: i32, at: u32, length: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let Some(name) = name(guest, descriptor) else {
        return Ok(BADF);
    };
    let is_whole = usize::try_from(length)? >= name.len();
    Ok(if is_whole {
        put(memory, at, name.as_bytes())
    } else {
        INVAL
    })
}

#[expect(clippy::too_many_arguments, reason = "WASI's call has so many")]
fn open(
    mut run: Run,
    folder: i32,
    _links: i32,
    path: u32,
    length: u32,
    how: i32,
    rights: u64,
    _inherited: u64,
    _flags: i32,
    told: u32,
) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let files = files(guest, "path_open")?;
    let Some(path) = text(memory, path, length) else {
        return Ok(FAULT);
    };
    if how & CHANGES != 0 || rights & WRITE != 0 {
        return Ok(ROFS);
    }
    let opened = files.open(folder, path, how & AS_FOLDER != 0);
    Ok(outcome(opened.map(|descriptor| {
        put(memory, told, &descriptor.to_le_bytes())
    })))
}

fn facts_at(
    mut run: Run,
    folder: i32,
    _links: i32,
    path: u32,
    length: u32,
    at: u32,
) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let files = files(guest, "path_filestat_get")?;
    let Some(path) = text(memory, path, length) else {
        return Ok(FAULT);
    };
    let facts = files.facts_at(folder, path);
    Ok(outcome(facts.map(|facts| tell(memory, at, &facts))))
}

fn read_at(mut run: Run, file: i32, at: u32, count: u32, offset: u64, told: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let files = files(guest, "fd_pread")?;
    if count > MOST_PARTS {
        return Ok(INVAL);
    }
    let Some(parts) = parts(memory, at, count) else {
        return Ok(FAULT);
    };
    let part = parts.into_iter().find(|part| !part.is_empty());
    let place = part.and_then(|part| memory.get_mut(part));
    let read = files.read(file, Some(offset), place.unwrap_or_default());
    let length = match read {
        Ok(length) => u32::try_from(length)?,
        Err(error) => return Ok(error),
    };
    Ok(put(memory, told, &length.to_le_bytes()))
}

fn place(mut run: Run, file: i32, at: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let files = files(guest, "fd_tell")?;
    let place = files.seek(file, SeekFrom::Current(0));
    Ok(outcome(
        place.map(|place| put(memory, at, &place.to_le_bytes())),
    ))
}

/// Writes as many entries of a folder as there is room for, from the entry `from` on; the last may be cut off.
fn list(mut run: Run, folder: i32, at: u32, room: u32, from: u64, told: u32) -> Result<i32> {
    let (memory, guest) = world(&mut run)?;
    let entries = match files(guest, "fd_readdir")?.list(folder) {
        Ok(entries) => entries,
        Err(error) => return Ok(error),
    };
    let Some(place) = range(at, room).and_then(|place| memory.get_mut(place)) else {
        return Ok(FAULT);
    };
    let mut written = Vec::new();
    let numbered = (1u64..).zip(entries);
    for (next, (name, facts)) in numbered.skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        if written.len() >= place.len() {
            break;
        }
        written.extend(next.to_le_bytes());
        written.extend(facts.number.to_le_bytes());
        written.extend(u32::try_from(name.len())?.to_le_bytes());
        written.extend([kind(&facts), 0, 0, 0]);
        written.extend(name.as_bytes());
    }
    written.truncate(place.len());
    if let Some(place) = place.get_mut(..written.len()) {
        place.copy_from_slice(&written);
    }
    let length = u32::try_from(written.len())?;
    Ok(put(memory, told, &length.to_le_bytes()))
}

/// Links are followed, and not told.
fn link(
    mut run: Run,
    _folder: i32,
    _path: u32,
    _length: u32,
    _at: u32,
    _room: u32,
    _told: u32,
) -> Result<i32> {
    let (_, guest) = world(&mut run)?;
    files(guest, "path_readlink").map(|_| NOTSUP)
}

/// Advice about how a file is read, which nobody needs.
fn advise(mut run: Run, file: i32, _from: u64, _length: u64, _advice: i32) -> Result<i32> {
    let (_, guest) = world(&mut run)?;
    let facts = files(guest, "fd_advise")?.facts(file);
    Ok(outcome(facts.map(|_| SUCCESS)))
}

/// Gives the calls to `linker`.
pub(crate) fn define(linker: &mut Linker<Guest>) -> Result<()> {
    linker
        .func_wrap(WASI, "fd_prestat_get", prestat)?
        .func_wrap(WASI, "fd_prestat_dir_name", prestat_name)?
        .func_wrap(WASI, "path_open", open)?
        .func_wrap(WASI, "path_filestat_get", facts_at)?
        .func_wrap(WASI, "path_readlink", link)?
        .func_wrap(WASI, "fd_pread", read_at)?
        .func_wrap(WASI, "fd_tell", place)?
        .func_wrap(WASI, "fd_readdir", list)?
        .func_wrap(WASI, "fd_advise", advise)?;
    Ok(())
}
