//! `gradual node health`.

use super::plan::Plan;
use crate::cli::{Failure, Output, print, print_json, secret, settings::Globals};
use clap::Args as ClapArgs;
use serde_json::json;
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs},
    time::Duration,
};

/// Longest wait for a connection, and for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer.
const LONGEST_ANSWER: u64 = 64 * 1024;

#[derive(ClapArgs)]
pub(in crate::cli) struct HealthArgs {
    /// Where the process serves its metrics [default: what the file of --config says]
    #[arg(value_name = "HOST:PORT")]
    place: Option<String>,
}

pub(super) fn run(args: &HealthArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    let place = match &args.place {
        Some(place) => place.clone(),
        None => from_file(globals)?,
    };
    let (healthy, line) = ask_any(&place).map_err(|error| {
        let place = secret::shown(&place);
        Failure::Failed(format!(
            "no node answers at {place}: {error}: is it running, with --metrics {place}?"
        ))
    })?;
    if output == Output::Json {
        print_json(&json!({ "healthy": healthy, "line": line }))?;
    }
    match output {
        _ if !healthy => Err(Failure::Failed(line)),
        Output::Text => print(&format!("{line}\n")),
        Output::Json => Ok(()),
    }
}

fn from_file(globals: &Globals) -> Result<String, Failure> {
    let missing = || {
        Failure::Usage(
            "name the address at which the node serves its metrics, or its file with --config FILE.toml"
                .into(),
        )
    };
    let (_, file) = globals.resolve_for_nodes()?;
    let file = file.ok_or_else(missing)?;
    Plan::metrics_in(&file)?.ok_or_else(missing)
}

/// A process that listens everywhere is asked on the loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// What the first of the addresses of `place` says that answers.
fn ask_any(place: &str) -> io::Result<(bool, String)> {
    let mut last = io::Error::other("the host has no address");
    for address in place.to_socket_addrs()? {
        match ask(reachable(address)) {
            Ok(answer) => return Ok(answer),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether the process at `address` is healthy, and its line.
fn ask(address: SocketAddr) -> io::Result<(bool, String)> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LONGEST_ANSWER).read_to_string(&mut answer)?;
    let odd = || io::Error::other("it does not answer as a node does");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(odd)?;
    let status = head.split(' ').nth(1).ok_or_else(odd)?;
    let line = body.lines().next().unwrap_or_default().to_owned();
    match status {
        "200" => Ok((true, line)),
        "503" => Ok((false, line)),
        _ => Err(odd()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_node::daemon::{Exposed, serve};
    use std::sync::Arc;

    struct Said(bool);

    impl Exposed for Said {
        fn text(&self) -> String {
            String::new()
        }

        fn health(&self) -> (bool, String) {
            (self.0, "as it is".into())
        }
    }

    #[test]
    fn a_node_that_is_asked_says_how_it_is() {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        for healthy in [true, false] {
            let address = serve(any_port, Arc::new(Said(healthy))).unwrap();
            assert_eq!(
                ask_any(&address.to_string()).unwrap(),
                (healthy, "as it is".into())
            );
        }
    }

    #[test]
    fn a_process_that_listens_everywhere_is_asked_here() {
        let of = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(of("0.0.0.0:9100"), "127.0.0.1:9100");
        assert_eq!(of("[::]:9100"), "[::1]:9100");
        assert_eq!(of("10.0.0.1:9100"), "10.0.0.1:9100");
    }
}
