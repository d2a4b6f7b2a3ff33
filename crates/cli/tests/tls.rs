//! An RPC with a certificate of an authority of one's own, with one that is refused, and with a password in its address.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    mem,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};
use support::{Home, assert_refused, said};

/// An authority of one's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap()
}

impl Authority {
    fn new() -> Self {
        let (mut params, key) = (CertificateParams::default(), key());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        Self {
            issuer,
            certificate,
        }
    }

    /// Its certificate as a file in `home`.
    fn file(&self, home: &Home) -> PathBuf {
        let text = BASE64_STANDARD.encode(&self.certificate);
        let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
        let lines: Vec<_> = lines.collect();
        let begin = "-----BEGIN CERTIFICATE-----";
        let end = "-----END CERTIFICATE-----";
        home.write(
            "authority.pem",
            &format!("{begin}\n{}\n{end}\n", lines.join("\n")),
        )
    }

    /// A server for `name` whose certificate ends with the year before `until`.
    fn server(&self, name: &str, until: i32) -> Server {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = key();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            );
        Server::start(Some(Arc::new(config.unwrap())))
    }
}

/// An RPC that knows its slot and nothing else.
struct Server {
    port: u16,
    /// Those that were accepted. Each returns what it brought; nothing, if the client did not trust the server.
    connections: Arc<Mutex<Vec<JoinHandle<String>>>>,
}

impl Server {
    /// One with TLS, if there is a `config`.
    fn start(config: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
        };
        let connections = Arc::clone(&server.connections);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let config = config.clone();
                // Whoever was answered finds its connection among these.
                let mut connections = connections.lock().unwrap();
                connections.push(thread::spawn(move || match config {
                    Some(config) => {
                        let tls = ServerConnection::new(config).unwrap();
                        answer(StreamOwned::new(tls, stream))
                    }
                    None => answer(stream),
                }));
            }
        });
        server
    }

    /// What each connection since the last call brought, once the clients have ended them.
    fn seen(&self) -> Vec<String> {
        let ended = mem::take(&mut *self.connections.lock().unwrap());
        let requests = ended.into_iter().map(JoinHandle::join);
        requests.map(Result::unwrap).collect()
    }
}

/// Reads a request of `client` and answers it. Returns the request, or what there was of it.
fn answer(mut client: impl Read + Write) -> String {
    let (mut read, mut piece) = (Vec::new(), [0; 4_096]);
    loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        let reply = match text.split_once("\r\n\r\n") {
            // A subscription: the server does not know who asks.
            Some((head, _)) if head.starts_with("GET ") => Some(("401 Unauthorized", Value::Null)),
            Some((_, body)) => serde_json::from_str(body).ok().map(|call: Value| {
                let unknown = json!({"code": -32601, "message": "Method not found"});
                let mut answer = json!({"jsonrpc": "2.0", "id": call["id"]});
                if call["method"] == "getSlot" {
                    answer["result"] = 7.into();
                } else {
                    answer["error"] = unknown;
                }
                ("200 OK", answer)
            }),
            // The greeting of TLS, where this is not spoken.
            None if read.first().is_some_and(|byte| !byte.is_ascii_uppercase()) => {
                Some(("400 Bad Request", Value::Null))
            }
            None => None,
        };
        if let Some((status, body)) = reply {
            let (body, head) = (body.to_string(), "Connection: close\r\nContent-Length:");
            // Whoever went away has only its own answer to lose.
            let _sent = write!(
                client,
                "HTTP/1.1 {status}\r\n{head} {}\r\n\r\n{body}",
                body.len()
            )
            .and_then(|()| client.flush());
            return text;
        }
        match client.read(&mut piece) {
            Ok(count) if count > 0 => read.extend(&piece[..count]),
            _ => return text,
        }
    }
}

/// A command, whose store of authorities is `store`.
fn command(home: &Home, arguments: &[&str], store: Option<&PathBuf>) -> Command {
    let mut command = home.command(arguments);
    for variable in [
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTPS_PROXY",
        "https_proxy",
    ] {
        command.env_remove(variable);
    }
    if let Some(store) = store {
        command.env("SSL_CERT_FILE", store);
    }
    command
}

fn list(home: &Home, server: &Server, store: Option<&PathBuf>) -> Output {
    let url = format!("https://localhost:{}", server.port);
    command(home, &["task", "list", "-u", &url], store)
        .output()
        .unwrap()
}

#[test]
fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let (home, own) = (Home::new("tls-own"), Authority::new());
    let (server, file) = (own.server("localhost", 2999), own.file(&home));
    let trusted = list(&home, &server, Some(&file));
    assert_refused(&trusted, 2, "does not offer the call");
    let seen = server.seen();
    assert!(seen[0].contains("getMultipleAccounts"), "{seen:?}");

    let server = own.server("localhost", 2999);
    let untrusted = list(&home, &server, None);
    assert_refused(
        &untrusted,
        2,
        "that this machine does not trust: name the file of",
    );
    let none = home.0.join("none.pem");
    let missing = list(&home, &server, Some(&none));
    assert_refused(&missing, 2, none.to_str().unwrap());
    // It would be refused again: each command asks once.
    assert_eq!(server.seen(), ["", ""]);
}

#[test]
fn a_certificate_that_is_refused_says_what_to_do_and_is_not_asked_again() {
    let (home, own) = (Home::new("tls-refused"), Authority::new());
    let file = own.file(&home);
    for (name, until, expected) in [
        (
            "localhost",
            2001,
            "has expired, or this machine's clock is ahead",
        ),
        ("other.example", 2999, "of another name: use the name"),
    ] {
        let server = own.server(name, until);
        assert_refused(&list(&home, &server, Some(&file)), 2, expected);
        assert_eq!(server.seen(), [""], "{expected}");
    }
    let plain = list(&home, &Server::start(None), None);
    assert_refused(
        &plain,
        2,
        "it speaks no TLS, is it http:// and not https://?",
    );
}

#[test]
fn a_password_in_the_address_is_sent_and_never_printed() {
    let (home, own) = (Home::new("tls-password"), Authority::new());
    let (server, file) = (own.server("localhost", 2999), own.file(&home));
    let place = format!("me:seCret-7@localhost:{}/keY-8", server.port);
    let (url, websocket) = (format!("https://{place}"), format!("wss://{place}"));
    let bytes = solana_sdk::signature::Keypair::new().to_bytes().to_vec();
    let key = home.write("key", &serde_json::to_string(&bytes).unwrap());
    let key = key.to_str().unwrap();
    let doctor = ["doctor", "-u", &url, "--ws", &websocket, "-k", key];
    let output = command(&home, &doctor, Some(&file)).output().unwrap();
    let text = said(&output);
    assert!(text.contains("slot 7"), "{text}");
    assert!(
        text.contains("no subscription: HTTP error: 401 Unauthorized"),
        "{text}"
    );
    let credentials = BASE64_STANDARD.encode("me:seCret-7");
    let asked = server.seen();
    assert!(
        asked
            .iter()
            .any(|request| request.starts_with("GET /keY-8 ")),
        "{asked:?}"
    );
    for request in asked {
        let line = format!("basic {credentials}").to_lowercase();
        assert!(request.to_lowercase().contains(&line), "{request}");
    }

    let closed = "http://me:seCret-7@127.0.0.1:9/keY-8";
    let wrong = "htp://me:seCret-7@host/keY-8";
    let torn = "http://me:seCret-7/x@host";
    let mut all = vec![text];
    for arguments in [
        &["task", "list", "-u", closed][..],
        &["task", "list", "-u", wrong],
        &["task", "list", "-u", torn],
        &["task", "list", "-u", closed, "--ws", closed],
        &["task", "show", closed, "-u", closed],
        &["stake", closed, "1", "-u", closed, "-k", key],
        &["doctor", "-u", closed, "--ws", wrong, "-k", key],
        &["doctor", "-u", closed, "-u", torn, "-k", key],
        &["node", "init", closed, "-u", closed],
    ] {
        let mut command = command(&home, arguments, None);
        all.push(said(&command.env("RUST_LOG", "trace").output().unwrap()));
    }
    for text in all {
        for secret in ["seCret", "bWU6"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
