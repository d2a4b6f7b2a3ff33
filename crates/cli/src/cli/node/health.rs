//! `gradual node health`.

use super::plan::Plan;
use crate::cli::{Failure, Output, print, print_json, secret, settings::Globals};
use clap::Args as ClapArgs;
use gradual_consensus_client::text::one_line;
use serde_json::json;
use std::{
    io::{self, ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs},
    time::{Duration, Instant},
};

/// Longest wait for a connection, and for the whole answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer.
const LONGEST_ANSWER: usize = 64 * 1024;

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
    stream.set_write_timeout(Some(PATIENCE))?;
    // Version 1.0: what stands between may cut an answer of 1.1 into pieces.
    stream.write_all(b"GET /health HTTP/1.0\r\nHost: node\r\n\r\n")?;
    let answer = read(&mut stream)?;
    let odd = || io::Error::other("it does not answer as a node does");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(odd)?;
    let status = head.split(' ').nth(1).ok_or_else(odd)?;
    // Any server may answer, and its line is shown.
    let line = one_line(body.lines().next().unwrap_or_default(), usize::MAX);
    match status {
        // Another server's page is no line of a node.
        "200" if line.starts_with("ok: ") => Ok((true, line)),
        "503" => Ok((false, line)),
        _ => Err(odd()),
    }
}

/// All that comes, for as long as is waited.
fn read(stream: &mut TcpStream) -> io::Result<String> {
    let late = || {
        let said = format!("no whole answer in {} s", PATIENCE.as_secs());
        io::Error::new(ErrorKind::TimedOut, said)
    };
    let until = Instant::now() + PATIENCE;
    let (mut answer, mut chunk) = (Vec::new(), [0; 1024]);
    while answer.len() < LONGEST_ANSWER {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => answer.extend(chunk.iter().take(count)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(late());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gradual_consensus_node::daemon::{Exposed, serve};
    use std::sync::Arc;

    const LINE: &str = "ok: as it is";

    struct Said(bool);

    impl Exposed for Said {
        fn text(&self) -> String {
            String::new()
        }

        fn health(&self) -> (bool, String) {
            (self.0, LINE.into())
        }
    }

    #[test]
    fn a_node_that_is_asked_says_how_it_is() {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        for healthy in [true, false] {
            let address = serve(any_port, Arc::new(Said(healthy))).unwrap();
            assert_eq!(
                ask_any(&address.to_string()).unwrap(),
                (healthy, LINE.into())
            );
        }
    }

    /// A server of one answer, and what is made of it. `pieces` are sent until nobody takes them.
    fn asked(pieces: impl IntoIterator<Item = &'static str> + Send + 'static) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut request = [0; 256];
            let _request = client.read(&mut request).unwrap();
            for piece in pieces {
                if client.write_all(piece.as_bytes()).is_err() {
                    break;
                }
            }
        });
        ask(address).unwrap_err().to_string()
    }

    #[test]
    fn another_servers_page_is_no_line_of_a_node_and_an_answer_without_an_end_is_given_up() {
        let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>ok</html>\n";
        assert_eq!(asked([page]), "it does not answer as a node does");
        let drip = std::iter::repeat_with(|| {
            std::thread::sleep(Duration::from_millis(300));
            "x"
        });
        assert_eq!(asked(drip), "no whole answer in 5 s");
    }

    #[test]
    fn a_process_that_listens_everywhere_is_asked_here() {
        let of = |text: &str| reachable(text.parse().unwrap()).to_string();
        assert_eq!(of("0.0.0.0:9100"), "127.0.0.1:9100");
        assert_eq!(of("[::]:9100"), "[::1]:9100");
        assert_eq!(of("10.0.0.1:9100"), "10.0.0.1:9100");
    }
}
