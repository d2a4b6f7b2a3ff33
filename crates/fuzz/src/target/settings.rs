//! Text as the solana CLI's `config.yml`: what is taken names an RPC and a key, and what is refused is told in one
//! line.

use crate::check::assert_one_line;
use gradual_consensus_cli::outside;

pub(super) fn run(bytes: &[u8]) -> bool {
    match outside::config(&String::from_utf8_lossy(bytes)) {
        Ok((url, key)) => {
            assert!(
                url.starts_with("http://") || url.starts_with("https://"),
                "{url:?}"
            );
            assert!(!key.is_empty());
            true
        }
        Err(why) => {
            assert_one_line(&why);
            false
        }
    }
}
