//! What a long list of accounts takes to read from an RPC.

#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use gradual_consensus_client::{
    ledger::Ledger,
    rpc::{RpcLedger, RpcOptions},
};
use peak_alloc::PeakAlloc;
use solana_pubkey::Pubkey;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    thread,
};

/// Counts what is allocated.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Accounts that are listed.
const ACCOUNTS: u16 = 20_000;

/// What an RPC answers that lists them, with 32 bytes of each.
fn answer() -> String {
    let account = |number: u16| {
        let [high, low] = number.to_be_bytes();
        let mut address = [7; 32];
        (address[0], address[1]) = (high, low);
        let (address, owner) = (
            Pubkey::new_from_array(address),
            Pubkey::new_from_array([9; 32]),
        );
        let data = "A".repeat(43);
        format!(
            r#"{{"pubkey":"{address}","account":{{"lamports":3000000,"data":["{data}=","base64"],"owner":"{owner}","executable":false,"rentEpoch":18446744073709551615,"space":312}}}}"#
        )
    };
    let accounts: Vec<String> = (0..ACCOUNTS).map(account).collect();
    let accounts = accounts.join(",");
    format!(
        r#"{{"jsonrpc":"2.0","result":{{"context":{{"slot":5}},"value":[{accounts}]}},"id":0}}"#
    )
}

/// Reads the call of `client`, and answers it with `text`.
fn serve(client: &TcpStream, text: &str) {
    let mut call = BufReader::new(client);
    let mut length = 0;
    loop {
        let mut line = String::new();
        call.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    call.read_exact(&mut vec![0; length]).unwrap();
    let mut client = client;
    let length = text.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_long_list_takes_a_few_times_the_memory_of_its_text() {
    let text = answer();
    let length = text.len();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // The text is kept: what is measured is beside it.
    let server = thread::spawn(move || {
        serve(&listener.accept().unwrap().0, &text);
        text
    });
    let ledger = RpcLedger::new(&url, RpcOptions::default());
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let found = ledger.program_accounts(&[], None).unwrap();
    let peak = MEMORY.peak_usage().saturating_sub(before);
    assert_eq!(server.join().unwrap().len(), length);
    assert_eq!(found.len(), usize::from(ACCOUNTS));
    assert!(found.iter().all(|(_, account)| account.data == [0; 32]));
    assert!(
        peak < 3 * length,
        "{peak} bytes are taken for a text of {length}"
    );
}
