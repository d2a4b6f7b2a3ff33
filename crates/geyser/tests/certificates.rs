//! A geyser over https: its certificate is trusted where the machine's store names the authority, and every other one
//! is refused with what to do.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_geyser::{Endpoint, first_block};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use solana_sdk::pubkey::Pubkey;
use std::{
    env, fs,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use support::server::{self, Server};
use yellowstone_grpc_proto::geyser::SlotStatus;

/// The addresses that a process with another store of authorities is told to ask, with a space between two.
const URLS: &str = "GEYSERS_OF_THE_TEST";

/// In that process: prints the first block of each server, or why there is none.
#[test]
#[ignore = "the other tests start it, with their servers"]
fn prints_the_first_blocks() {
    for url in env::var(URLS).unwrap().split(' ') {
        let endpoint = Endpoint::new(url, Some("right")).unwrap();
        let task = Pubkey::new_unique();
        let first = first_block(&endpoint, &task, false, Duration::from_secs(30));
        println!("said: {first:?}");
    }
}

/// What a process says of each of `servers` whose store of authorities is the file `store`.
fn said_of(servers: &[Server], store: &Path) -> Vec<String> {
    let urls: Vec<_> = servers.iter().map(Server::secure_url).collect();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "prints_the_first_blocks"]);
    command.args(["--ignored", "--nocapture"]);
    command.env(URLS, urls.join(" "));
    command.env("SSL_CERT_FILE", store);
    command.env_remove("SSL_CERT_DIR");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let said = printed.lines().filter_map(|line| line.split_once("said: "));
    let said: Vec<_> = said.map(|(_, said)| said.to_owned()).collect();
    assert_eq!(said.len(), servers.len(), "{printed}");
    said
}

/// `bytes` as a file of this `kind`.
fn pem(kind: &str, bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

/// An authority of one's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate (PEM).
    certificate: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let (mut params, key) = (CertificateParams::default(), KeyPair::generate().unwrap());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
        let issuer = Issuer::new(params, key);
        Self {
            issuer,
            certificate,
        }
    }

    /// A server on localhost that confirms block 7, with a certificate for `name` from the first of these years to the
    /// last.
    fn server(&self, name: &str, years: Range<i32>) -> Server {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let certificate = pem("CERTIFICATE", certificate.der());
        let key = pem("PRIVATE KEY", &key.serialize_der());
        let server = Server::with_certificate("right", &certificate, &key);
        for slot in [6, 7] {
            server.on_subscription(server::slot(slot, None, SlotStatus::SlotProcessed));
        }
        server.on_subscription(server::slot(7, None, SlotStatus::SlotConfirmed));
        server
    }
}

/// The file `name` of the tests.
fn file(name: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("authorities");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_the_store_names_it() {
    let own = Authority::new("own");
    let servers = [own.server("localhost", 2000..2999)];
    let store = file("trusted.pem", &own.certificate);
    assert_eq!(said_of(&servers, &store), ["Ok(7)"]);
    let another = file("another.pem", &Authority::new("another").certificate);
    for store in [another, file("none.pem", "")] {
        let said = said_of(&servers, &store).remove(0);
        assert!(said.starts_with("Err("), "{said}");
        assert!(said.contains("that this machine does not trust"), "{said}");
        assert!(said.contains("in SSL_CERT_FILE"), "{said}");
    }
}

#[test]
fn a_certificate_of_another_name_or_time_is_refused_with_what_to_do() {
    let own = Authority::new("own");
    let cases = [
        ("other.example", 2000..2999, "of another name: use the name"),
        ("localhost", 2000..2001, "has expired, or this machine's"),
        ("localhost", 2998..2999, "is not valid yet, or this machine"),
    ];
    let servers = cases.each_ref();
    let servers = servers.map(|(name, years, _)| own.server(name, years.clone()));
    let said = said_of(&servers, &file("refused.pem", &own.certificate));
    for ((_, _, expected), said) in cases.iter().zip(said) {
        assert!(said.starts_with("Err("), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}
