//! Hostile text, hostile visitors, and visitors from elsewhere.

use super::{kept::Kept, play::hostile, support::Board};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use gradual_consensus_client::{address, instruction};
use gradual_consensus_dashboard::history::History;
use gradual_consensus_testkit::{Build, World};

#[test]
fn a_strangers_text_stays_text_on_every_page() {
    let (world, task) = hostile();
    let kept = Kept::default();
    let mut board = Board::of(&world, &kept);
    board.desk.want(task);
    board.look();
    let node = world.nodes[0].pubkey();
    for path in [
        "/".to_owned(),
        format!("/task/{task}"),
        format!("/task/{task}/nodes"),
        format!("/task/{task}/node/{node}"),
        format!("/task/{task}/cycle/1"),
        format!("/task/{task}/books"),
        format!("/?search={}", "%3Cscript%3Ez()%3C/script%3E"),
        format!(
            "/task/{task}/nodes?search={}",
            "%22%3E%3Cscript%3Ez()%3C/script%3E"
        ),
    ] {
        let page = board.page(&path);
        for evil in [
            "<script>x",
            "<script>y",
            "<script>z",
            "<img",
            "\u{1b}",
            "\u{202e}",
            "javascript:",
        ] {
            assert!(!page.contains(evil), "{path}: {evil}\n{page}");
        }
        assert_eq!(page.matches("<script").count(), 1, "{path}: our own alone");
        assert!(!page.contains(" style="), "{path}: no inline style");
    }
    let page = board.page(&format!("/task/{task}"));
    assert!(page.contains("&lt;script&gt;x()&lt;/script&gt;"), "{page}");
    let page = board.page(&format!("/task/{task}/nodes"));
    assert!(page.contains("&quot;&gt;&lt;script&gt;y()"), "{page}");
}

#[test]
fn a_plain_endpoint_is_a_link_that_tells_nothing() {
    let world = World::on(Build::Native).start_active();
    let node = &world.nodes[0];
    let (key, wallet) = (node.pubkey(), node.wallet);
    let endpoint = Some("https://node.example/".to_owned());
    let stake = instruction::stake(world.tokens, key, key, wallet, 500, endpoint);
    world.act(0, stake).unwrap();
    let kept = Kept::default();
    let board = Board::of(&world, &kept);
    let page = board.page(&board.of_task(&format!("/node/{key}")));
    let link = "href=\"https://node.example/\" rel=\"noopener noreferrer nofollow\"";
    assert!(page.contains(link), "{page}");
}

#[test]
fn every_answer_has_a_strict_policy() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let board = Board::of(&world, &kept);
    assert!(board.get("/api/nowhere").text.starts_with("{\"error\""));
    let unknown = address::config();
    for (path, status) in [
        ("/".to_owned(), StatusCode::OK),
        (board.of_task(""), StatusCode::OK),
        ("/assets/live.js".to_owned(), StatusCode::OK),
        ("/metrics".to_owned(), StatusCode::OK),
        ("/nowhere".to_owned(), StatusCode::NOT_FOUND),
        (format!("/task/{unknown}"), StatusCode::NOT_FOUND),
        ("/task/nonsense".to_owned(), StatusCode::NOT_FOUND),
        (
            format!("/?search={}", "x".repeat(2_000)),
            StatusCode::URI_TOO_LONG,
        ),
    ] {
        let answer = board.get(&path);
        assert_eq!(answer.status, status, "{path}");
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
    }
}

#[test]
fn a_visitor_who_calls_the_server_by_another_name_is_not_answered() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let board = Board::of(&world, &kept);
    let ask = |host: Option<&str>| {
        let request = Request::get(board.of_task(""));
        let request = match host {
            Some(host) => request.header(header::HOST, host),
            None => request,
        };
        board.ask(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask(Some("localhost:9180")).status, StatusCode::OK);
    assert_eq!(ask(Some("[::1]:9180")).status, StatusCode::OK);
    for host in [
        Some("evil.example:9180"),
        Some("127.0.0.1.evil.example"),
        None,
    ] {
        let answer = ask(host);
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{host:?}");
        assert!(!answer.text.contains("test"), "{}", answer.text);
    }
}

#[test]
fn nothing_but_reading_is_answered() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let board = Board::of(&world, &kept);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let request = Request::builder()
            .method(method.clone())
            .uri("/")
            .header(header::HOST, "localhost");
        let answer = board.ask(request.body(Body::empty()).unwrap());
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[test]
fn pages_ask_no_other_server_for_anything() {
    let (world, kept) = (World::on(Build::Native).start_active(), Kept::default());
    let board = Board::with(&world, &kept, History::in_memory().unwrap());
    let page = board.page(&board.of_task(""));
    for source in ["src=\"", "href=\""] {
        for rest in page.split(source).skip(1) {
            let target = rest.split('"').next().unwrap();
            let is_own = target.starts_with('/') || target.starts_with('#') || target == "data:,";
            assert!(is_own, "{target}");
        }
    }
    assert!(!page.contains("url("), "{page}");
}
