//! A geyser with a certificate of an authority of one's own: it is trusted where the machine's store names the authority, and
//! else refused with what to do.

#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_geyser::{Endpoint, first_block};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use solana_sdk::pubkey::Pubkey;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use support::server::{self, Server};
use yellowstone_grpc_proto::geyser::SlotStatus;

/// What the process is told that is started again with another store of authorities.
const URL: &str = "GEYSER_OF_THE_TEST";

/// In that process: prints the first block of the server, or why there is none.
#[test]
#[ignore = "it is started by the other test, with a server"]
fn prints_the_first_block() {
    let endpoint = Endpoint::new(&env::var(URL).unwrap(), Some("right")).unwrap();
    let first = first_block(
        &endpoint,
        &Pubkey::new_unique(),
        false,
        Duration::from_secs(30),
    );
    println!("said: {first:?}");
}

/// `bytes` as a file of this `kind`.
fn pem(kind: &str, bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

fn in_another_process(server: &Server, authorities: &Path) -> String {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([
        "--exact",
        "prints_the_first_block",
        "--ignored",
        "--nocapture",
    ]);
    command.env(URL, server.secure_url());
    command
        .env("SSL_CERT_FILE", authorities)
        .env_remove("SSL_CERT_DIR");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let said = printed.lines().find_map(|line| line.split_once("said: "));
    said.unwrap().1.to_owned()
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_the_store_names_it() {
    let (mut params, key) = (CertificateParams::default(), KeyPair::generate().unwrap());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let certificate = pem("CERTIFICATE", certificate.der());
    let key = pem("PRIVATE KEY", &key.serialize_der());
    let server = Server::with_certificate("right", &certificate, &key);
    for slot in [6, 7] {
        server.on_subscription(server::slot(slot, None, SlotStatus::SlotProcessed));
    }
    server.on_subscription(server::slot(7, None, SlotStatus::SlotConfirmed));

    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("authorities");
    fs::create_dir_all(&folder).unwrap();
    let (own, none) = (folder.join("own.pem"), folder.join("none.pem"));
    fs::write(&own, authority).unwrap();
    fs::write(&none, "").unwrap();
    assert_eq!(in_another_process(&server, &own), "Ok(7)");
    let refused = in_another_process(&server, &none);
    assert!(
        refused.contains("that this machine does not trust"),
        "{refused}"
    );
    assert!(refused.contains("SSL_CERT_FILE"), "{refused}");
}
