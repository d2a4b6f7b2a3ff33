//! Put into the program by `cargo xtask mutants`: which mutant is on, and which are reached.

use std::{
    env,
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

struct Switch {
    /// The mutant that is on; 0: none.
    on: u32,
    /// Where to note each mutant that is reached, once.
    notes: Option<PathBuf>,
}

static SWITCH: OnceLock<Switch> = OnceLock::new();
static NOTED: [AtomicBool; 1 << 14] = [const { AtomicBool::new(false) }; 1 << 14];

/// Whether the mutant of this number is on.
pub fn mutant(number: u32) -> bool {
    let switch = SWITCH.get_or_init(|| Switch {
        on: env::var("GRADUAL_MUTANT").map_or(0, |text| text.parse().expect("a mutant's number")),
        notes: env::var_os("GRADUAL_REACHED").map(PathBuf::from),
    });
    if let Some(file) = &switch.notes
        && !NOTED[number as usize].swap(true, Ordering::Relaxed)
    {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(file);
        let line = format!("{number}\n");
        let noted = file.and_then(|mut file| file.write_all(line.as_bytes()));
        noted.expect("a file to note reached mutants in");
    }
    number == switch.on
}
