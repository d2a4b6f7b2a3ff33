//! A geyser (Yellowstone gRPC) that a node reads its task's accounts from, in the place of its RPC. A build without the
//! feature `geyser` has none, and says so.

#[cfg(feature = "geyser")]
mod mirrors;

#[cfg(feature = "geyser")]
pub(in crate::cli) use mirrors::Mirrors;

use crate::cli::secret;
use std::path::{Path, PathBuf};

/// A geyser as it was named: an address, and where its token is. Nothing of it is read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Geyser {
    url: String,
    token: Option<PathBuf>,
}

impl Geyser {
    /// The geyser at `url`, whose token is in the file `token`, or else in the environment; an empty address names none.
    ///
    /// # Errors
    /// What to write instead, in one line.
    pub(super) fn named(url: Option<&str>, token: Option<&Path>) -> Result<Option<Self>, String> {
        let Some(url) = url.filter(|url| !url.is_empty()) else {
            return match token {
                Some(_) => {
                    Err("geyser_token is of a geyser only: write geyser, or leave it out".into())
                }
                None => Ok(None),
            };
        };
        if !cfg!(feature = "geyser") {
            return Err(
                "geyser: this build of gradual reads from none: leave it out, or build with it (cargo install --path \
                 crates/cli --profile host --features geyser)"
                    .into(),
            );
        }
        if secret::is_secret(url) {
            return Err("geyser: this is a key, and no address".into());
        }
        let geyser = Self {
            url: url.to_owned(),
            token: token.map(Path::to_owned),
        };
        Ok(Some(geyser))
    }
}
