//! What libFuzzer drives: the target that the variable `FUZZ_TARGET` names.
#![no_main]

use gradual_consensus_fuzz::{TARGETS, Target};
use std::{env, process, sync::LazyLock};

static CHOSEN: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = env::var("FUZZ_TARGET").unwrap_or_default();
    let chosen = TARGETS.iter().find(|target| target.name == name);
    chosen.unwrap_or_else(|| {
        eprintln!("FUZZ_TARGET is {name:?}, which is no target: use cargo xtask fuzz-input");
        process::exit(2)
    })
});

libfuzzer_sys::fuzz_target!(init: LazyLock::force(&CHOSEN), |bytes: &[u8]| {
    (CHOSEN.run)(bytes);
});
