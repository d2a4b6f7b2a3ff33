//! The builds of the program, and one test for each.

#[cfg(feature = "bank")]
use std::sync::OnceLock;
use std::{fs, io, path::Path};

/// Which build of the program a ledger runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Build {
    /// The library, natively: no compute units, no stack frames, easy to debug. `solana-program-test` runs it.
    #[cfg(feature = "bank")]
    Native,
    /// The sBPF binary, as a cluster runs it.
    Sbf(Vec<u8>),
}

impl Build {
    /// The binary in `file`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn sbf(file: &Path) -> io::Result<Self> {
        fs::read(file).map(Self::Sbf)
    }

    /// How reports name it.
    pub const fn name(&self) -> &'static str {
        match self {
            #[cfg(feature = "bank")]
            Self::Native => "native",
            Self::Sbf(_) => "sbf",
        }
    }
}

/// The sBPF binary that `cargo xtask build-sbf` made, read once a process.
///
/// # Panics
/// Where there is none.
#[cfg(feature = "bank")]
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
