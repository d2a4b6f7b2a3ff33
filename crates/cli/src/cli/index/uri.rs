//! The entries of a list, as its proposer published them: the file that `gradual list submit --entries` reads, at the list's
//! `uri`. A stranger named that place, so nothing but the public internet is asked.

use crate::cli::{
    amount::{Form, Unit},
    distribution::entries::file,
    fetch::{Guard, fetch, public::is_public, url_in},
};
use gradual_consensus::state::{DistributionList, Task};
use gradual_consensus_dashboard::index::Entries;
use std::time::Duration;

/// The longest that an answer may take to arrive: the index looks at nothing else meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of a line, as spreadsheets write it.
const LONGEST_LINE: usize = 160;
/// Most bytes of a file, however many entries its list counts.
const MOST_BYTES: usize = 64 << 20;
/// How many times a server may name another place.
const MOST_REDIRECTS: usize = 3;

/// How a proposer's place is asked.
const GUARD: Guard<'_> = Guard {
    plain: false,
    may_ask: Some(is_public),
    hosts: None,
    patience: PATIENCE,
    redirects: MOST_REDIRECTS,
    most_bytes: MOST_BYTES,
};

/// The entries at the `uri` of `list`, which is of a task with these `terms`: with amounts in tokens and with amounts in base
/// units, as far as the file can be read so.
///
/// # Errors
/// Why there are none, in words for the log.
pub(super) fn read(terms: &Task, list: &DistributionList) -> Result<Vec<Entries>, String> {
    read_by(GUARD, terms, list)
}

fn read_by(
    guard: Guard<'_>,
    terms: &Task,
    list: &DistributionList,
) -> Result<Vec<Entries>, String> {
    let url = url_in(list.uri()).ok_or("it is no address with https")?;
    // One more for a header.
    let lines = (list.count as usize).saturating_add(1);
    let guard = Guard {
        most_bytes: lines.saturating_mul(LONGEST_LINE).min(guard.most_bytes),
        ..guard
    };
    let bytes = fetch(&url, &guard, &|| true).map_err(|unfetched| unfetched.why)?;
    let unit = Unit::of(terms);
    let meant = [false, true].map(|base_units| file::parse(&bytes, unit, Form { base_units }));
    let mut read = Vec::new();
    let mut problem = None;
    for lines in meant {
        match lines {
            Ok(lines) => {
                let entries = lines.iter().map(|line| (line.node, line.amount));
                read.push(entries.collect());
            }
            Err(why) => problem = Some(why),
        }
    }
    match problem {
        Some(why) if read.is_empty() => Err(why),
        _ => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use gradual_consensus::state::text_field;
    use solana_sdk::pubkey::Pubkey;
    use std::{
        io::{BufRead, BufReader, Write},
        net::{Ipv4Addr, TcpListener},
        thread,
    };

    const NODES: [Pubkey; 2] = [
        Pubkey::new_from_array([1; 32]),
        Pubkey::new_from_array([2; 32]),
    ];

    /// A list of so many entries whose `uri` is this.
    fn list(count: u32, uri: &str) -> DistributionList {
        let (uri, uri_len) = text_field(uri).unwrap();
        DistributionList {
            count,
            uri,
            uri_len,
            ..DistributionList::zeroed()
        }
    }

    fn terms() -> Task {
        Task {
            mint_decimals: 1,
            ..Task::zeroed()
        }
    }

    /// Where `body` is served once, on this machine.
    fn served(body: &str) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let uri = format!("http://{}/list.csv", listener.local_addr().unwrap());
        let length = body.len();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
        thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let head = BufReader::new(client.try_clone().unwrap()).lines();
            let _head = head.map_while(Result::ok).find(|line| line.is_empty());
            // A client that has seen enough goes away.
            let _gone = client.write_all(answer.as_bytes());
        });
        uri
    }

    /// What is read of `body`, where this machine stands for the public internet.
    fn read_here(count: u32, body: &str) -> Result<Vec<Entries>, String> {
        let here = Guard {
            plain: true,
            may_ask: Some(|address| address == Ipv4Addr::LOCALHOST),
            ..GUARD
        };
        read_by(here, &terms(), &list(count, &served(body)))
    }

    #[test]
    fn amounts_are_tokens_or_base_units() {
        let [one, two] = NODES;
        let file = format!("node,amount\n{one},3\n{two},4\n");
        let expected = [vec![(one, 30), (two, 40)], vec![(one, 3), (two, 4)]];
        assert_eq!(read_here(2, &file), Ok(expected.into()));
        let file = format!("{one},0.3\n{two},4\n");
        assert_eq!(read_here(2, &file), Ok(vec![vec![(one, 3), (two, 40)]]));
        let refused = read_here(2, &format!("{one},0.33\n{two},4\n")).unwrap_err();
        assert!(refused.contains("line 1"), "{refused}");
    }

    #[test]
    fn no_more_is_read_than_the_list_can_have() {
        let long = "x".repeat(3 * LONGEST_LINE + 1);
        let refused = read_here(2, &long).unwrap_err();
        assert!(
            refused.contains("it has more than the 480 bytes"),
            "{refused}"
        );
        let refused = read_here(3, &long).unwrap_err();
        assert!(refused.contains("line 1"), "{refused}");
    }

    #[test]
    fn a_proposer_cannot_have_the_index_ask_its_own_machine_or_network() {
        for (uri, expected) in [
            ("", "it is no address"),
            ("ipfs://list", "it is no address"),
            ("file:///etc/passwd", "it is no address"),
            ("http://1.1.1.1/list", "by https only"),
            ("https://127.0.0.1:1/list", "not on the public internet"),
            ("https://localhost:1/list", "not on the public internet"),
            ("https://192.168.0.1/list", "not on the public internet"),
            ("https://[::1]:1/list", "not on the public internet"),
        ] {
            let refused = read(&terms(), &list(1, uri)).unwrap_err();
            assert!(refused.contains(expected), "{uri}: {refused}");
        }
    }
}
