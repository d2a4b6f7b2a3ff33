//! Bytes as the lines of a transaction's log: no event comes from anything but a line that tells of one.

use gradual_consensus_client::event::{EVENT_PREFIX, events};

pub(super) fn run(bytes: &[u8]) -> bool {
    let log = String::from_utf8_lossy(bytes);
    let lines: Vec<String> = log.split('\n').map(str::to_owned).collect();
    let telling = lines.iter().filter(|line| line.contains(EVENT_PREFIX));
    let told = events(&lines).count();
    assert!(told <= telling.count(), "{log:?}");
    told > 0
}
