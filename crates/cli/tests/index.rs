//! `gradual index` as a process, and nodes as processes that ask it.
#![cfg(all(feature = "dashboard", unix))]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use gradual_consensus_client::{
    account::fetch_authors,
    rpc::{RpcLedger, RpcOptions},
};
use gradual_consensus_node::index::{list::EntryPage, page::Page};
use gradual_consensus_testkit::people::key;
use serde_json::{Value, json};
use solana_sdk::{hash::Hash, signature::Signer};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};
use support::{assert_refused, games::Games, running::Running, said};

const NODES: usize = 4;
/// Longest wait for a process.
const LIMIT: Duration = Duration::from_secs(120);

/// A running `gradual index`; ended with the test.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(games: &Games, task: &str) -> Self {
        let listen = ["--listen", "127.0.0.1:0", "--output", "json"];
        let mut command = games
            .home
            .command(&[&["-u", &games.chain.url, "index", task][..], &listen].concat());
        command.stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut document = String::new();
        for line in printed.map_while(Result::ok) {
            document.push_str(&line);
            if line == "}" {
                break;
            }
        }
        let document: Value = serde_json::from_str(&document).unwrap();
        assert_eq!(document["tasks"], serde_json::json!([task]));
        let url = document["url"].as_str().unwrap().to_owned();
        Self { child, url }
    }

    /// What it tells of cycle 1 of `task`, once it has read it.
    fn knows(&self, task: &str) -> String {
        let page = format!("{}/index/{task}/cycle/1?input=authors", self.url);
        until("the index reads the cycle", || {
            let (head, body) = get(&page);
            head.contains("200 OK").then_some(body)
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What is at `url`: the head and the body of the answer.
fn get(url: &str) -> (String, String) {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Asks until the answer is `Some`.
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < LIMIT, "{what}");
        thread::yield_now();
    }
}

/// A node as a process, and where its metrics are.
struct Node {
    running: Running,
    metrics: String,
    /// The first line that says that an index fails.
    failed: Option<Value>,
}

impl Node {
    fn start(games: &Games, number: usize, task: &str, indexes: &[&str]) -> Self {
        let key = games.path(&format!("node-{number}"));
        let corpus = format!("corpus:{}", games.path("text"));
        let run = [
            "-u",
            &games.chain.url,
            "-k",
            &key,
            "node",
            "run",
            "--task",
            task,
        ];
        let how = [
            "--metrics",
            "127.0.0.1:0",
            "--log-format",
            "json",
            "--logic",
            &corpus,
        ];
        let indexes = indexes.iter().flat_map(|index| ["--index", *index]);
        let indexes: Vec<&str> = indexes.collect();
        let mut command = games.home.command(&[&run[..], &how, &indexes].concat());
        command.stderr(Stdio::piped());
        let mut running = Running::start(command);
        let served = running.wait_for("metrics are served");
        let metrics = format!("http://{}/metrics", served["address"].as_str().unwrap());
        Self {
            running,
            metrics,
            failed: None,
        }
    }

    /// What the node logs next.
    fn next(&mut self) -> Value {
        let event = self.running.next();
        if event.to_string().contains("the index fails") {
            self.failed.get_or_insert_with(|| event.clone());
        }
        event
    }

    /// Waits until the node has submitted; it may have asked an index before.
    fn submitted(&mut self) {
        let submits = r#""instruction":"submit""#;
        while !self.next().to_string().contains(submits) {}
    }

    /// The first line that says that an index fails.
    fn failed(&mut self) -> Value {
        loop {
            if let Some(failed) = self.failed.take() {
                return failed;
            }
            self.next();
        }
    }

    /// How many `what` of the index at `index` the node counts.
    fn count(&self, what: &str, index: &str) -> u64 {
        let (_, metrics) = get(&self.metrics);
        let begins = format!("gradual_index_{what}_total{{index=\"{index}\"}} ");
        let value = metrics.lines().find_map(|line| line.strip_prefix(&begins));
        value.unwrap().parse().unwrap()
    }
}

/// A game in which cycle 1 is open, at the beginning of round 2, with a text to index.
fn games(name: &str) -> (Games, String) {
    let games = Games::new(name, NODES);
    games
        .home
        .write("text", "act quickly\nreact faster\nreward slowly\n");
    games.chain.warp_to(200);
    let opened = games.run("node-0", "cycle open TASK");
    assert!(opened.status.success(), "{}", said(&opened));
    let task = games.task();
    (games, task)
}

#[test]
fn nodes_play_a_cycle_from_an_index_and_have_the_rpc_list_no_submissions() {
    let (games, task) = games("index_cycle");
    let index = Served::start(&games, &task);
    let dead = "http://127.0.0.1:9";
    let mut nodes: Vec<Node> = (0..NODES)
        .map(|number| Node::start(&games, number, &task, &[dead, &index.url]))
        .collect();
    games.chain.warp_to(300);
    for node in &mut nodes {
        node.submitted();
    }
    games.chain.warp_to(341);
    let page = index.knows(&task);
    games.chain.warp_to(343);
    for node in &nodes {
        until("the index tells each node", || {
            (node.count("answers", &index.url) > 0).then_some(())
        });
    }
    // While the window was open, nodes had the RPC list what the index had not read yet.
    let before = games.chain.with(|state| std::mem::take(&mut state.listed));
    assert!(
        before.iter().any(|(is_part, _)| !is_part),
        "the index has all accounts listed"
    );
    for slot in [400, 420, 440] {
        games.chain.warp_to(slot);
    }
    until("a list is proposed", || {
        let proposed = games.chain.with(|state| {
            let address = state.world.list_address(1, 0);
            let is_there = !state.world.is_gone(&address);
            is_there.then(|| state.world.list(1, 0).count as usize)
        });
        proposed.map(|count| assert_eq!(count, NODES))
    });
    // Nodes ask for a part of each account.
    let listed = games.chain.with(|state| state.listed.clone());
    assert!(!listed.iter().any(|(is_part, _)| *is_part), "{listed:?}");
    for node in &mut nodes {
        // The dead one is told of in one line, and costs no window.
        let failed = node.failed();
        assert_eq!(failed["index"], dead);
        let message = failed["message"].as_str().unwrap();
        assert!(message.ends_with(": the RPC is asked"), "{message}");
        let count = |what: &str| node.count(what, &index.url);
        assert_eq!((count("failures"), count("lies")), (0, 0));
    }
    // What the RPC says of an author takes several times the bytes.
    let ledger = RpcLedger::new(&games.chain.url, RpcOptions::default());
    let cycle = games.chain.with(|state| state.world.cycle_address(1));
    assert_eq!(fetch_authors(&ledger, &cycle).unwrap().len(), NODES);
    let (_, bytes) = games.chain.with(|state| *state.listed.last().unwrap());
    let told: Page = serde_json::from_str(&page).unwrap();
    let of_authors: usize = told.authors.iter().map(|author| author.len() + 3).sum();
    let each = (bytes / NODES, of_authors / NODES);
    assert!(each.0 > 240 && each.1 <= 47, "{each:?}");
}

#[test]
fn an_index_of_another_task_or_cluster_is_told_of_in_one_line() {
    let (games, task) = games("index_other");
    let nobody = key("nobody", 7).pubkey().to_string();
    games.refuses("node-0", &format!("index {nobody}"), 2, "no account at");
    let many = [task.as_str(); 33].join(" ");
    games.refuses("node-0", &format!("index {many}"), 2, "one index keeps 32");
    games.refuses(
        "node-0",
        "index TASK --listen 192.0.2.1:1",
        2,
        "--listen 192.0.2.1:1",
    );
    let index = Served::start(&games, &task);

    let finding = |arguments: &str| {
        let arguments = format!("--output json doctor {arguments} --index {}", index.url);
        let output = games.run("node-0", &arguments);
        let facts: Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = facts["checks"].as_array().unwrap().clone();
        let found = checks.into_iter().find(|check| check["check"] == "index");
        let found = found.unwrap();
        let word = |name: &str| found[name].as_str().unwrap().to_owned();
        (word("grade"), word("said"))
    };
    let warns = |why: &str| ("warn".to_owned(), why.to_owned());
    let (grade, said) = finding("--task TASK");
    assert_eq!(
        (grade.as_str(), said.starts_with("slot ")),
        ("ok", true),
        "{said}"
    );
    assert_eq!(
        finding(&format!("--task {nobody}")),
        warns(&format!("it keeps no task {nobody}"))
    );
    games.chain.with(|state| {
        let other = Hash::new_from_array([8; 32]).to_string();
        state.answers.insert("getGenesisHash", other.into());
    });
    assert_eq!(finding("--task TASK"), warns("it is of another cluster"));
    // A node says so in one line, and plays on. It asks again at the next slot while the index has not read the cycle.
    games.chain.warp_to(300);
    let mut node = Node::start(&games, 0, &task, &[&index.url]);
    node.submitted();
    games.chain.warp_to(341);
    index.knows(&task);
    games.chain.warp_to(343);
    let failed = node.failed();
    let message = failed["message"].as_str().unwrap();
    assert!(message.contains("it is of another cluster"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");

    let output = games.run("node-0", "doctor --index host:9190");
    assert_refused(&output, 2, "use the address of a gradual index");
}

/// A node that starts after all votes, where the RPC lists nothing, can neither build a list nor have one built before.
#[test]
fn a_node_whose_rpc_lists_nothing_is_paid_by_an_entry_of_the_index() {
    let (games, task) = games("index_entry");
    let index = Served::start(&games, &task);
    games.chain.warp_to(300);
    games.chain.with(|state| {
        let everybody: Vec<usize> = (0..NODES).collect();
        state.world.submit_all(&everybody, 1);
    });
    games.chain.warp_to(341);
    index.knows(&task);
    games.chain.warp_to(400);
    let share = games.chain.with(|state| {
        let everybody: Vec<usize> = (0..NODES).collect();
        let share = state.world.cycle(1).bounty / NODES as u64;
        let mut entries: Vec<(usize, u64)> = everybody.iter().map(|&node| (node, share)).collect();
        entries.sort_by_key(|(node, _)| state.world.nodes[*node].pubkey());
        let (proposer, turn) = state.world.first_proposer(&everybody, 1, 0);
        state.world.warp_to(turn.max(400));
        state.world.propose(proposer, 1, 0, &entries).unwrap();
        share
    });
    let list = format!("{}/index/{task}/cycle/1/list/0", index.url);
    until("the index recomputes the list", || {
        let (head, _) = get(&list);
        head.contains("200 OK").then_some(())
    });
    games.chain.with(|state| {
        let error = json!({"code": -32601, "message": "not offered"});
        state.broken.insert("getProgramAccounts", error);
        state.world.warp_past_audit(3);
        state.world.finalize(1, 0).unwrap();
        // Nothing is to come for which the payout would wait.
        state.world.set_active(false).unwrap();
        state.world.warp_to_round(4);
    });
    let node = Node::start(&games, 3, &task, &[&index.url]);
    until("the node is paid", || {
        let stake = games.chain.with(|state| state.world.node_stake(3));
        (stake.available_balance + stake.claimed == share).then_some(())
    });
    let count = |what: &str| node.count(what, &index.url);
    assert_eq!(
        (count("answers"), count("failures"), count("lies")),
        (1, 0, 0)
    );
    // What an operator sees there.
    let (_, told) = get(&format!("{list}?node={}", key("node", 3).pubkey()));
    let told: EntryPage = serde_json::from_str(&told).unwrap();
    assert_eq!(told.entry.unwrap().amount, share.to_string());
}
