//! `gradual program`: what goes to a public cluster, and how the IDL is published.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use serde_json::{Value, json};
use solana_sdk::{account::Account, pubkey::Pubkey};
use support::{games::Games, said};

/// The hashes of the genesis blocks of mainnet-beta, testnet and devnet.
const PUBLIC: [(&str, &str); 3] = [
    (
        "mainnet-beta",
        "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",
    ),
    ("testnet", "4uhcVJyU9pJkvQyS88uRDiswHXSCkY3zQawwpjk2NsNY"),
    ("devnet", "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"),
];

#[test]
fn a_binary_with_placeholders_goes_to_no_public_cluster() {
    let games = Games::new("gate", 0);
    // As `security_txt!` writes the sources' own text.
    let placeholder = "see README.md of the source this was built from";
    let section = format!(
        "=======BEGIN SECURITY.TXT V1=======\0name\0Gradual Consensus\0project_url\0{placeholder}\0\
         =======END SECURITY.TXT V1=======\0"
    );
    games.home.write("named.so", &section);
    games.home.write("empty.so", "");
    let (stranger, buffer) = ([9; 32], [8; 32]);
    let (stranger, buffer) = (Pubkey::from(stranger), Pubkey::from(buffer));
    games.chain.with(move |state| {
        let account = Account {
            lamports: 1_000_000_000,
            owner: solana_sdk_ids::bpf_loader_upgradeable::ID,
            data: section.into_bytes(),
            ..Account::default()
        };
        state.world.bank.set_account(&buffer, &account);
    });
    for (cluster, genesis) in PUBLIC {
        games
            .chain
            .with(move |state| state.answers.insert("getGenesisHash", json!(genesis)));
        let expected = format!(
            "this is {cluster}, and project_url of the binary's security.txt is a placeholder"
        );
        games.refuses("authority", "program deploy HOME/named.so", 2, &expected);
        let written = format!("program buffer HOME/named.so --authority {stranger}");
        games.refuses("authority", &written, 2, &expected);
        let upgrade = format!("program upgrade {buffer}");
        games.refuses("authority", &upgrade, 2, &expected);
        let expected = format!("this is {cluster}, and the binary has no security.txt");
        games.refuses("authority", "program deploy HOME/empty.so", 2, &expected);
    }
    assert_eq!(games.chain.with(|state| state.sent.len()), 0);
}

#[test]
fn the_command_that_publishes_the_idl_is_printed_where_there_is_a_program_for_it() {
    let games = Games::new("idl", 0);
    games.home.write("empty.so", "");
    let deployed = || {
        let output = games.run("authority", "--output json program deploy HOME/empty.so");
        assert!(output.status.success(), "{}", said(&output));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["result"], "unchanged");
        document["publish_idl"].clone()
    };
    assert_eq!(deployed(), Value::Null);
    let metadata = "ProgM6JCCvbYkfKqJYHePx4xxSUSqJp7rh8Lyv7nk7S"
        .parse()
        .unwrap();
    games.chain.with(move |state| {
        let account = Account {
            lamports: 1_000_000,
            owner: solana_sdk_ids::bpf_loader_upgradeable::ID,
            executable: true,
            ..Account::default()
        };
        state.world.bank.set_account(&metadata, &account);
    });
    let command = deployed();
    let id = gradual_consensus::ID;
    let key = games.path("authority");
    let expected = format!(
        "npx @solana-program/program-metadata@0.7.0 write idl {id} idl/gradual_consensus.json --keypair {key} --rpc {}",
        games.chain.url
    );
    assert_eq!(command, expected.as_str());
}
