//! One test a build of the program.

use crate::bank::Build;
use std::{path::Path, sync::OnceLock};

/// The sBPF binary that `cargo xtask build-sbf` made, read once a process.
///
/// # Panics
/// Where there is none.
pub fn sbf_build() -> Build {
    static BUILD: OnceLock<Build> = OnceLock::new();
    let read = || {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../target/deploy/gradual_consensus.so"
        );
        Build::sbf(Path::new(file))
            .expect("target/deploy/gradual_consensus.so is missing: run cargo xtask build-sbf")
    };
    BUILD.get_or_init(read).clone()
}

/// Registers functions of this module, each of which takes the [`Build`] of the program to run on, as one
/// test a build: `native::name` and `sbf::name`. A function that is not registered is dead code, which the
/// lints refuse.
#[macro_export]
macro_rules! on_every_build {
    ($($name:ident),+ $(,)?) => {
        mod native {
            $(#[test] fn $name() { super::$name($crate::Build::Native); })+
        }

        mod sbf {
            $(#[test] fn $name() { super::$name($crate::sbf_build()); })+
        }
    };
}
