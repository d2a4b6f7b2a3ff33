//! How much room the program's files take. Linux bounds the size of each file, and no number of them: whoever started the
//! program looks at its folder while it runs.

use crate::{LEAST_FREE, MOST_FILES, MOST_WRITTEN, SandboxError};
use rustix::fs::statvfs;
use std::{io, os::unix::fs::MetadataExt, path::Path};
use walkdir::WalkDir;

/// Bytes of a block, as the system counts those of a file.
const BLOCK: u64 = 512;
/// Bytes of what limits are told in.
const MIB: u64 = 1 << 20;

/// Looks at all that is in `state`, the folder that a program writes to, and at the disk that it is on.
///
/// # Errors
/// The program has more there than it may have, in bytes or in files; the disk is nearly full; or the program has hidden
/// what it has there.
pub(crate) fn require(state: &Path) -> Result<(), SandboxError> {
    let exceeds = |what: String| SandboxError::Room {
        state: state.to_owned(),
        what,
    };
    let (mut bytes, mut files) = (0u64, 0u64);
    for found in WalkDir::new(state).min_depth(1) {
        let found = found.and_then(|found| found.metadata());
        let meta = match found {
            Ok(meta) => meta,
            // The program has removed it meanwhile.
            Err(error) if is_gone(&error) => continue,
            Err(error) => {
                // Without the path, which may be longer than any message.
                let why = error
                    .into_io_error()
                    .map_or(String::new(), |why| format!(": {why}"));
                return Err(exceeds(format!("a part that cannot be looked at{why}")));
            }
        };
        // A sparse file has fewer bytes on the disk than its length says.
        bytes = bytes.saturating_add(meta.blocks().saturating_mul(BLOCK));
        files = files.saturating_add(1);
        if bytes > MOST_WRITTEN {
            return Err(exceeds(format!("more than {} MiB", MOST_WRITTEN / MIB)));
        }
        if files > MOST_FILES {
            return Err(exceeds(format!("more than {MOST_FILES} files and folders")));
        }
    }
    let disk =
        statvfs(state).map_err(|error| exceeds(format!("a disk that cannot be asked: {error}")))?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < LEAST_FREE {
        return Err(exceeds(format!(
            "a disk with less than {} MiB free",
            LEAST_FREE / MIB
        )));
    }
    Ok(())
}

fn is_gone(error: &walkdir::Error) -> bool {
    let system = error.io_error();
    system.is_some_and(|system| system.kind() == io::ErrorKind::NotFound)
}
