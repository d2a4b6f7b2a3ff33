//! Modules at work: honest ones, hostile ones, and what each may see.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use gradual_consensus_wasm::{
    digest,
    grants::Grants,
    module::{Module, ModuleError},
    name::Hash,
    play::{PlayError, play},
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    io::{self, Cursor, Write},
    rc::Rc,
    time::Instant,
};

/// What every module of these tests has: it reads its input to the end into memory at 4096 on, answers the
/// greeting, and then does what `answer` says. `$has` looks for a text in the input, `$say` writes one.
fn logic(data: &str, answer: &str) -> Vec<u8> {
    wanting("{}", data, answer)
}

/// The same, with `hello` as its answer to the greeting.
fn wanting(hello: &str, data: &str, answer: &str) -> Vec<u8> {
    let (told, length) = (hello.replace('"', "\\\""), hello.len() + 1);
    wat::parse_str(format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open
    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (global $end (mut i32) (i32.const 4096))
  (data (i32.const 2048) "{told}\n")
  (data (i32.const 80) "{{\"valid\":true}}\n")
  (data (i32.const 112) "{{\"valid\":false}}\n")
  (data (i32.const 144) "\"audit\"")
  (data (i32.const 160) "\"work\"")
  {data}
  (func $write (param $stream i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $stream) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $say (param $at i32) (param $length i32)
    (call $write (i32.const 1) (local.get $at) (local.get $length)))
  (func $read (result i32)
    (i32.store (i32.const 0) (global.get $end))
    (i32.store (i32.const 4) (i32.const 65536))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (global.set $end (i32.add (global.get $end) (i32.load (i32.const 8))))
    (i32.load (i32.const 8)))
  (func $has (param $at i32) (param $length i32) (result i32)
    (local $from i32) (local $index i32)
    (local.set $from (i32.const 4096))
    (loop $next
      (if (i32.gt_u (i32.add (local.get $from) (local.get $length)) (global.get $end))
        (then (return (i32.const 0))))
      (local.set $index (i32.const 0))
      (block $differs
        (loop $byte
          (if (i32.eq (local.get $index) (local.get $length)) (then (return (i32.const 1))))
          (br_if $differs (i32.ne
            (i32.load8_u (i32.add (local.get $from) (local.get $index)))
            (i32.load8_u (i32.add (local.get $at) (local.get $index)))))
          (local.set $index (i32.add (local.get $index) (i32.const 1)))
          (br $byte)))
      (local.set $from (i32.add (local.get $from) (i32.const 1)))
      (br $next))
    (unreachable))
  (func (export "_start")
    (loop $more (br_if $more (call $read)))
    (call $say (i32.const 2048) (i32.const {length}))
    {answer}))"#
    ))
    .unwrap()
}

/// The value `hello` in base64 is valid, everything else is not.
fn honest() -> Vec<u8> {
    logic(
        r#"(data (i32.const 192) "\"value\":\"aGVsbG8=\"")"#,
        "(if (call $has (i32.const 192) (i32.const 18))
           (then (call $say (i32.const 80) (i32.const 15)))
           (else (call $say (i32.const 112) (i32.const 16))))",
    )
}

/// What somebody else holds too.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Played {
    answers: Vec<Value>,
    log: String,
    result: Result<(), PlayError>,
}

/// What `module` answers to `lines`.
fn played(module: &Module, lines: &[Value]) -> Played {
    played_with(module, &Grants::default(), lines)
}

/// The same, with what its work is allowed.
fn played_with(module: &Module, allowed: &Grants, lines: &[Value]) -> Played {
    let (output, errors) = (Shared::default(), Shared::default());
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    let input = Cursor::new(lines.concat().into_bytes());
    let result = play(module, allowed, input, output.clone(), errors.clone());
    let answers = output.0.borrow();
    let answers = answers
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    let log = String::from_utf8_lossy(&errors.0.borrow()).into_owned();
    Played {
        answers: answers
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect(),
        log,
        result,
    }
}

fn hello() -> Value {
    json!({"id": 1, "hello": {"version": 2, "role": "judge", "node": "7Np4", "rpc": "https://rpc/?key=SECRET",
        "state": "/var/lib", "task": "4Nd1", "terms": {"manager": "5Mgr"}, "texts": null, "offers": ["sign", "slot"]}})
}

fn audit(id: u64, value: &str) -> Value {
    json!({"id": id, "audit": {"cycle": 3, "node": "9xQe", "value": value, "slot": 1042}})
}

fn compiled(bytes: &[u8]) -> Module {
    Module::new(bytes, None).unwrap()
}

/// The answers to a greeting, an honest value and another one.
fn verdicts(bytes: &[u8]) -> Vec<Value> {
    let played = played(
        &compiled(bytes),
        &[hello(), audit(8, "aGVsbG8="), audit(9, "AAAA")],
    );
    played.result.unwrap();
    played.answers
}

#[test]
fn a_module_judges() {
    assert_eq!(
        verdicts(&honest()),
        [
            json!({"id": 1}),
            json!({"id": 8, "valid": true}),
            json!({"id": 9, "valid": false})
        ]
    );
}

#[test]
fn whatever_ends_a_run_without_a_verdict_is_a_verdict() {
    let forever = "(loop $again (br $again))";
    let trap = "(unreachable)";
    let silent = "";
    let deep = "(call $deeper)";
    let grow = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (unreachable)";
    let log =
        "(loop $again (call $write (i32.const 2) (i32.const 0) (i32.const 65536)) (br $again))";
    let endless = "(loop $again (call $say (i32.const 144) (i32.const 7)) (br $again))";
    let file = "(drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                  (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0)))";
    let many =
        "(loop $again (drop (call $random_get (i32.const 4096) (i32.const 65536))) (br $again))";
    for answer in [forever, trap, silent, deep, grow, log, endless, file, many] {
        let module = logic("(func $deeper (call $deeper) (call $deeper))", answer);
        let module = compiled(&module);
        let mut hello = hello();
        hello["hello"]["texts"] =
            json!({ "audit_program": format!("wasm:{} fuel:20000000 memory:8", module.hash()) });
        let played = played(&module, &[hello, audit(7, "AAAA"), audit(8, "aGVsbG8=")]);
        played.result.unwrap();
        let invalid = [
            json!({"id": 1}),
            json!({"id": 7, "valid": false}),
            json!({"id": 8, "valid": false}),
        ];
        assert_eq!(played.answers, invalid, "{answer}");
        assert!(
            played.log.len() < 40 << 10,
            "{answer}: {}",
            played.log.len()
        );
    }
}

#[test]
fn a_list_that_no_run_writes_is_an_error() {
    let module = logic(
        "",
        "(if (call $has (i32.const 144) (i32.const 7)) (then (call $say (i32.const 80) (i32.const 15)))
           (else (unreachable)))",
    );
    let list = json!({"id": 5, "distribution": {"cycle": 3, "bounty": "100", "submissions": []}});
    let played = played(&compiled(&module), &[hello(), list, audit(6, "AAAA")]);
    played.result.unwrap();
    assert_eq!(
        played.answers,
        [
            json!({"id": 1}),
            json!({"id": 5, "error": "wasm trap: wasm `unreachable` instruction executed"}),
            json!({"id": 6, "valid": true})
        ]
    );
}

#[test]
fn a_run_remembers_nothing_of_the_runs_before() {
    let module = logic(
        "(global $asked (mut i32) (i32.const 0))",
        "(if (global.get $asked) (then (call $say (i32.const 80) (i32.const 15)))
           (else (global.set $asked (i32.const 1)) (call $say (i32.const 112) (i32.const 16))))",
    );
    let asked = [
        hello(),
        audit(2, "AAAA"),
        audit(3, "AAAA"),
        audit(4, "AAAA"),
    ];
    let played = played(&compiled(&module), &asked);
    let valid = |answer: &Value| answer["valid"] == json!(false);
    assert!(
        played.answers.iter().skip(1).all(valid),
        "{:?}",
        played.answers
    );
}

#[test]
fn an_audit_sees_neither_the_node_nor_its_machine() {
    for secret in [
        r#"SECRET"#,
        r#"7Np4"#,
        r#"/var/lib"#,
        r#"5Mgr"#,
        r#"sign"#,
        r#""id":77"#,
    ] {
        let text = secret.replace('"', "\\\"");
        let module = logic(
            &format!(r#"(data (i32.const 192) "{text}")"#),
            &format!(
                "(if (call $has (i32.const 192) (i32.const {}))
                   (then (call $say (i32.const 80) (i32.const 15)))
                   (else (call $say (i32.const 112) (i32.const 16))))",
                secret.len()
            ),
        );
        let played = played(&compiled(&module), &[hello(), audit(77, "AAAA")]);
        assert_eq!(
            played.answers[1],
            json!({"id": 77, "valid": false}),
            "{secret}"
        );
    }
}

#[test]
fn work_does_not_see_the_address_of_the_rpc() {
    let module = logic(
        "(data (i32.const 192) \"SECRET\")",
        "(if (call $has (i32.const 192) (i32.const 6))
           (then (call $say (i32.const 80) (i32.const 15)))
           (else (call $say (i32.const 112) (i32.const 16))))",
    );
    let work = json!({"id": 9, "work": {"node": "7Np4", "cycle": 3}});
    let played = played(&compiled(&module), &[hello(), work]);
    assert_eq!(played.answers[1], json!({"id": 9, "valid": false}));
}

#[test]
fn a_line_that_is_no_question_is_passed_over() {
    let reply = json!({"call": 1, "ok": {"slot": 1042}});
    let cancel = json!({"cancel": 7});
    let asked = [hello(), reply, cancel, audit(8, "aGVsbG8=")];
    let played = played(&compiled(&honest()), &asked);
    played.result.unwrap();
    assert_eq!(
        played.answers,
        [json!({"id": 1}), json!({"id": 8, "valid": true})]
    );
}

#[test]
fn random_bytes_follow_from_the_question_and_the_clock_stands_still() {
    // Valid if the first random byte is even; the time and the size of the environment are added to it.
    let module = logic(
        "",
        "(drop (call $random_get (i32.const 1024) (i32.const 8)))
         (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 1040)))
         (drop (call $environ (i32.const 1048) (i32.const 1052)))
         (if (i32.and (i32.add (i32.load8_u (i32.const 1024))
                (i32.or (i32.load (i32.const 1040)) (i32.load (i32.const 1048)))) (i32.const 1))
           (then (call $say (i32.const 112) (i32.const 16)))
           (else (call $say (i32.const 80) (i32.const 15))))",
    );
    let questions: Vec<Value> = (0..64)
        .map(|id| audit(id + 2, &format!("{:04}", id * 7)))
        .collect();
    let asked = [vec![hello()], questions.clone()].concat();
    let first = played(&compiled(&module), &asked).answers;
    let mut backwards = questions;
    backwards.reverse();
    let second = played(&compiled(&module), &[vec![hello()], backwards].concat()).answers;
    let backwards: Vec<Value> = second.into_iter().skip(1).rev().collect();
    assert_eq!(first[1..], backwards);
    let valid = first
        .iter()
        .filter(|answer| answer["valid"] == json!(true))
        .count();
    assert!((10..54).contains(&valid), "{valid} of 64");
}

#[test]
fn work_may_ask_the_node() {
    // It asks for the slot, and answers when the reply is there. The greeting and the question come first.
    let call = r#"{"call":1,"slot":{}}"#;
    let answer = r#"{"value":"aGVsbG8="}"#;
    let escaped = |text: &str| text.replace('"', "\\\"");
    let module = wat::parse_str(format!(
        r#"(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 64) "{{}}\n")
  (data (i32.const 128) "{}\n")
  (data (i32.const 192) "{}\n")
  (func $say (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $read
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (i32.const 32768))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (call $read)
    (call $say (i32.const 64) (i32.const 3))
    (call $say (i32.const 128) (i32.const {}))
    (call $read)
    (if (i32.load (i32.const 8)) (then (call $say (i32.const 192) (i32.const {}))))))"#,
        escaped(call),
        escaped(answer),
        call.len() + 1,
        answer.len() + 1,
    ))
    .unwrap();
    let work = json!({"id": 9, "work": {"node": "7Np4", "cycle": 3}});
    let reply = json!({"call": 1, "ok": {"slot": 1042}});
    let played = played(&compiled(&module), &[hello(), work, reply]);
    played.result.unwrap();
    assert_eq!(
        played.answers,
        [
            json!({"id": 1}),
            json!({"call": 1, "slot": {}}),
            json!({"id": 9, "value": "aGVsbG8="})
        ]
    );
}

/// Opens what `path` names in the first granted folder, whose descriptor is 3, and says what is in it; the error number in
/// the exit code where that fails.
fn opens(wants: &str, path: &str) -> Vec<u8> {
    wanting(
        wants,
        &format!("(data (i32.const 1024) \"{path}\")"),
        &format!(
            "(if (i32.load8_u (i32.const 1024)) (then
               (i32.store (i32.const 512) (call $path_open (i32.const 3) (i32.const 1) (i32.const 1024) (i32.const {})
                 (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 520)))
               (if (i32.load (i32.const 512)) (then (call $exit (i32.load (i32.const 512)))))
               (i32.store (i32.const 0) (i32.const 1100))
               (i32.store (i32.const 4) (i32.const 800))
               (drop (call $fd_read (i32.load (i32.const 520)) (i32.const 0) (i32.const 1) (i32.const 8)))
               (call $say (i32.const 1100) (i32.load (i32.const 8)))))",
            path.len()
        ),
    )
}

fn work(id: u64) -> Value {
    json!({"id": id, "work": {"node": "7Np4", "cycle": 3}})
}

#[test]
fn work_reads_a_folder_that_it_wants_and_is_granted() {
    let folder = std::env::temp_dir().join(format!("gradual-granted-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("texts")).unwrap();
    std::fs::write(folder.join("texts/answer"), "{\"value\":\"aGVsbG8=\"}\n").unwrap();
    std::fs::write(folder.join("secret"), "{\"value\":\"c2VjcmV0\"}\n").unwrap();
    let allowed = Grants {
        folders: [("texts".to_owned(), folder.join("texts"))].into(),
        ..Grants::default()
    };
    let ask = |wants: &str, path: &str, allowed: &Grants, question: Value| {
        let module = compiled(&opens(wants, path));
        let mut played = played_with(&module, allowed, &[hello(), question]);
        played.result.unwrap();
        (played.answers.remove(1), played.log)
    };
    let wants = r#"{"wants":["read:texts"]}"#;
    let (answer, log) = ask(wants, "answer", &allowed, work(2));
    assert_eq!(answer, json!({"id": 2, "value": "aGVsbG8="}));
    assert!(log.contains("wants read:texts: granted"), "{log}");
    // Outside the folder.
    let (answer, _) = ask(wants, "../secret", &allowed, work(2));
    assert_eq!(answer, json!({"id": 2, "error": "it ended with 76"}));
    // What is not wanted is not given, and what is not allowed neither.
    let missing = json!({"id": 2, "error": "it called path_open, which a logic does not have"});
    assert_eq!(ask("{}", "answer", &allowed, work(2)).0, missing);
    let (answer, log) = ask(wants, "answer", &Grants::default(), work(2));
    assert_eq!(answer, missing);
    assert!(
        log.contains("read:texts: not granted; --allow read:FOLDER/texts would"),
        "{log}"
    );
    // An audit has no folder, whatever is granted: the file would say that it is valid.
    std::fs::write(folder.join("texts/answer"), "{\"valid\":true}\n").unwrap();
    let (answer, log) = ask(wants, "answer", &allowed, audit(2, "aGVsbG8="));
    assert_eq!(answer, json!({"id": 2, "valid": false}));
    assert!(log.contains("it called path_open"), "{log}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn work_asks_a_host_that_it_wants_and_is_granted() {
    // It asks, reads the reply, and says `valid` if that has the body in it.
    let call = r#"{"call":1,"fetch":{"url":"https://a.example/x"}}"#;
    let data = format!(
        "(data (i32.const 192) \"aGVsbG8=\") (data (i32.const 1024) \"{}\\n\")",
        call.replace('"', "\\\"")
    );
    let answer = format!(
        "(call $say (i32.const 1024) (i32.const {}))
         (drop (call $read))
         (if (call $has (i32.const 192) (i32.const 8))
           (then (call $say (i32.const 80) (i32.const 15)))
           (else (call $say (i32.const 112) (i32.const 16))))",
        call.len() + 1
    );
    let module = |wants: &str| compiled(&wanting(wants, &data, &answer));
    let allowed = Grants {
        hosts: vec!["a.example".into(), "b.example".into()],
        fetch: Some(|url, hosts| {
            assert_eq!(
                (url, hosts),
                ("https://a.example/x", &["a.example".to_owned()][..])
            );
            Ok(b"hello".to_vec())
        }),
        ..Grants::default()
    };
    let wanted = module(r#"{"wants":["https:a.example"]}"#);
    let asked = played_with(&wanted, &allowed, &[hello(), work(2)]);
    assert_eq!(asked.answers[1], json!({"id": 2, "valid": true}));
    assert_eq!(asked.answers.len(), 2, "the node is not asked");
    for (module, allowed) in [(module("{}"), &allowed), (wanted, &Grants::default())] {
        let asked = played_with(&module, allowed, &[hello(), work(2)]);
        assert_eq!(asked.answers[1], json!({"id": 2, "valid": false}));
        // In an audit it is a line like any other.
        let judged = played_with(&module, allowed, &[hello(), audit(2, "AAAA")]);
        assert_eq!(judged.answers[1], json!({"id": 2, "valid": false}));
        assert_eq!(judged.answers.len(), 2);
    }
}

#[test]
fn a_module_that_the_task_does_not_name_is_refused() {
    let module = compiled(&honest());
    let mut hello = hello();
    let other = Hash::of(b"another").to_string();
    hello["hello"]["texts"] = json!({"audit_program": format!("wasm:{other}")});
    let refused = played(&module, &[hello.clone()])
        .result
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains(&other) && refused.contains(&module.hash().to_string()),
        "{refused}"
    );
    hello["hello"]["texts"] = json!({"audit_program": format!("wasm:{} fuel:x", module.hash())});
    let refused = played(&module, &[hello]).result.unwrap_err().to_string();
    assert!(refused.contains("fuel:x"), "{refused}");
}

#[test]
fn what_is_no_logic_is_refused_before_it_runs() {
    let refused = |text: &str| {
        let bytes = wat::parse_str(text).unwrap_or_else(|_| text.as_bytes().to_vec());
        Module::new(&bytes, None).unwrap_err()
    };
    assert!(matches!(refused("no module"), ModuleError::Invalid(_)));
    assert!(matches!(refused("(module)"), ModuleError::Export("_start")));
    let socket = r#"(module (import "wasi_snapshot_preview1" "memory" (memory 1)) (func (export "_start")))"#;
    assert!(matches!(refused(socket), ModuleError::Import(_)));
    let foreign = r#"(module (import "env" "now" (func (result i64))) (memory (export "memory") 1)
                       (func (export "_start")))"#;
    assert!(matches!(refused(foreign), ModuleError::Import(name) if name.contains("now")));
    let threads = r#"(module (memory (export "memory") 1 1 shared) (func (export "_start")))"#;
    assert!(matches!(refused(threads), ModuleError::Invalid(_)));
    let relaxed = r#"(module (memory (export "memory") 1) (func (export "_start")
        (drop (f32x4.relaxed_madd (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0) (v128.const i32x4 0 0 0 0)))))"#;
    assert!(matches!(refused(relaxed), ModuleError::Invalid(_)));
    let large = vec![0; 17 << 20];
    assert!(matches!(
        Module::new(&large, None),
        Err(ModuleError::TooLarge(_))
    ));
}

#[test]
fn a_module_that_wants_too_much_does_not_answer_the_greeting() {
    for (text, why) in [
        (
            r#"(module (memory (export "memory") 65536) (func (export "_start")))"#,
            "memory",
        ),
        (
            r#"(module (memory (export "memory") 1) (table 2000000 funcref) (func (export "_start")))"#,
            "table",
        ),
        (
            r#"(module (memory (export "memory") 1) (func (export "_start")))"#,
            "ended",
        ),
    ] {
        let module = compiled(&wat::parse_str(text).unwrap());
        let refused = played(&module, &[hello()]).result.unwrap_err();
        assert!(matches!(refused, PlayError::Hello(_)), "{refused}");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[test]
fn compiled_modules_are_kept() {
    let folder = std::env::temp_dir().join(format!("gradual-wasm-{}", std::process::id()));
    let bytes = honest();
    for _ in 0..2 {
        let module = Module::new(&bytes, Some(&folder)).unwrap();
        let played = played(&module, &[hello(), audit(2, "aGVsbG8=")]);
        assert_eq!(played.answers[1], json!({"id": 2, "valid": true}));
    }
    assert!(folder.read_dir().unwrap().next().is_some());
    std::fs::remove_dir_all(folder).unwrap();
}

/// The digest is written down here: every machine and every build of this crate has the same answers and the same fuel.
#[test]
fn answers_and_fuel_are_the_same_on_every_machine() {
    let example = include_str!("../examples/hello.wat");
    let module = compiled(&wat::parse_str(example).unwrap());
    let digest = digest::of(&module, 200).unwrap();
    assert_eq!((digest.valid, digest.fuel), (0, 4_178_846));
    let hash = "9beYyfFQDnT3TWNuq9vq9PtBe4RgH9Re6gUyUm6YCMeB";
    assert_eq!(digest.hash.to_string(), hash);
    let other = digest::of(&compiled(&honest()), 200).unwrap();
    assert_ne!(other.hash, digest.hash);
}

#[test]
fn a_warm_module_answers_ten_thousand_questions_alike() {
    let module = compiled(&honest());
    let questions = |first: u64| {
        let value = |id: u64| {
            if id.is_multiple_of(3) {
                "aGVsbG8=".to_owned()
            } else {
                format!("{id:08}")
            }
        };
        let asked = (first..first + 10_000).map(|id| audit(id, &value(id - first)));
        [hello()].into_iter().chain(asked).collect::<Vec<_>>()
    };
    let begun = Instant::now();
    let first = played(&module, &questions(2)).answers;
    println!("{} questions in {:?}", first.len(), begun.elapsed());
    let second = played(&module, &questions(50_000)).answers;
    let verdicts = |answers: &[Value]| -> Vec<Value> {
        answers
            .iter()
            .map(|answer| answer["valid"].clone())
            .collect()
    };
    assert_eq!(verdicts(&first), verdicts(&second));
    assert_eq!(
        first
            .iter()
            .filter(|answer| answer["valid"] == json!(true))
            .count(),
        3_334
    );
}
