//! Text as a file of nodes (`gradual node run --config node.toml`): what is refused is told in one line.

use crate::check::assert_one_line;
use gradual_consensus_cli::outside;

pub(super) fn run(bytes: &[u8]) -> bool {
    outside::nodes(&String::from_utf8_lossy(bytes))
        .inspect_err(|why| assert_one_line(why))
        .is_ok()
}
