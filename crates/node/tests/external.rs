//! Task logic in external programs: those of the examples, and those that fail.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use gradual_consensus::rules::verdict::Tally;
use gradual_consensus_node::{
    external::{External, host::Host},
    logic::{DistributionCycle, Proof, TaskLogic, Unknown},
};
use serde_json::{Value, json};
use solana_sdk::pubkey::Pubkey;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const PATIENT: Duration = Duration::from_secs(60);

fn example(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    folder.join(name).display().to_string()
}

fn node(number: u8) -> Pubkey {
    Pubkey::new_from_array([number; 32])
}

fn logic(command: &str, timeout: Duration) -> External {
    External::new(command.to_owned(), node(1), timeout)
}

/// Answers the greeting, and goes on with `command`.
fn greeted(command: &str) -> String {
    format!("read -r hello; echo '{{}}'; {command}")
}

fn proof(number: u8, value: &[u8]) -> Proof {
    Proof {
        cycle: 7,
        node: node(number),
        value: value.to_vec(),
        slot: 99,
        tally: None,
    }
}

const CYCLE: DistributionCycle = DistributionCycle {
    task: Pubkey::new_from_array([9; 32]),
    number: 7,
    bounty: 1_001,
};

/// What every example must do.
fn plays(command: &str) {
    let mut logic = logic(command, PATIENT);
    let value = logic.work(7).unwrap();
    assert_eq!(logic.work(7).unwrap(), value);
    assert_ne!(logic.work(8).unwrap(), value);
    assert!(logic.audit(&proof(1, &value)).unwrap());
    assert!(!logic.audit(&proof(2, &value)).unwrap());
    assert!(!logic.audit(&proof(1, b"another")).unwrap());
    // What cannot be read is not valid.
    assert!(!logic.audit(&proof(1, b"\xff\n\"")).unwrap());

    let submissions = [1, 2, 3].map(|number| proof(number, &value));
    let mut shares =
        |verdicts: &[bool]| logic.distribution(&CYCLE, &submissions, verdicts).unwrap();
    assert_eq!(
        shares(&[true, false, true]),
        [(node(1), 500), (node(3), 500)]
    );
    assert_eq!(shares(&[false; 3]), []);

    // To the last base unit, where floats and signed numbers are not exact any more.
    let large = DistributionCycle {
        bounty: u64::MAX,
        ..CYCLE
    };
    let shares = logic.distribution(&large, &submissions, &[true; 3]);
    let each = u64::MAX / 3;
    assert_eq!(
        shares.unwrap(),
        [1, 2, 3].map(|number| (node(number), each))
    );
}

#[test]
fn the_shell_example_plays() {
    plays(&format!("sh '{}'", example("external.sh")));
}

/// Where a program that the example needs cannot be started, it judges nobody and pays nobody.
#[test]
fn the_shell_example_knows_nothing_without_its_programs() {
    const NEEDED: [&str; 6] = ["sed", "sha256sum", "cut", "tr", "base64", "expr"];
    let paths = std::env::var_os("PATH").unwrap();
    let found = |program: &str| {
        let mut files = std::env::split_paths(&paths).map(|folder| folder.join(program));
        files.find(|file| file.is_file()).unwrap()
    };
    let script = example("external.sh");
    let value = logic(&format!("sh '{script}'"), PATIENT).work(7).unwrap();
    for missing in NEEDED {
        let folder = file(&format!("without-{missing}"));
        let _absent = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for program in NEEDED.into_iter().filter(|program| *program != missing) {
            std::os::unix::fs::symlink(found(program), folder.join(program)).unwrap();
        }
        let shell = found("sh");
        let command = format!(
            "PATH='{}' '{}' '{script}'",
            folder.display(),
            shell.display()
        );
        let mut logic = logic(&command, PATIENT);
        if missing != "expr" {
            for value in [&value[..], b"another"] {
                let error = logic.audit(&proof(1, value)).unwrap_err();
                assert!(error.is::<Unknown>(), "{missing}: {error}");
            }
            assert!(logic.work(7).is_err(), "{missing}");
        }
        if ["sed", "tr", "expr"].contains(&missing) {
            let submissions = [1, 2].map(|number| proof(number, &value));
            let list = logic.distribution(&CYCLE, &submissions, &[true; 2]);
            assert!(list.is_err(), "{missing}: {list:?}");
        }
    }
}

#[test]
fn the_python_example_plays_and_is_the_one_in_the_docs() {
    let docs = include_str!("../../../docs/external-logic.md");
    assert!(docs.contains(include_str!("../examples/external.py")));
    plays(&format!("python3 '{}'", example("external.py")));
}

#[test]
fn a_program_that_takes_too_long_is_ended_and_started_again() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("slow");
    fs::create_dir_all(&folder).unwrap();
    let mark = folder.join("mark");
    let _absent = fs::remove_file(&mark);
    // Sleeps the first time that it is started.
    let command = format!(
        "read -r question; if [ ! -e '{0}' ]; then : > '{0}'; sleep 600; fi; echo '{{\"valid\":true}}'",
        mark.display()
    );
    let command = greeted(&command);
    let mut logic = logic(&command, Duration::from_secs(2));
    let begun = Instant::now();
    let error = logic.audit(&proof(1, b"value")).unwrap_err().to_string();
    assert!(error.contains("did not answer within 2s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(60));
    assert!(logic.audit(&proof(1, b"value")).unwrap());
}

#[test]
fn a_program_that_exceeds_its_bounds_is_ended_and_started_again() {
    let exceeds = Arc::new(AtomicBool::new(false));
    let look = Arc::clone(&exceeds);
    // It answers the first question, and waits for ever at the second one.
    let command = greeted("read -r one; echo '{\"valid\":true}'; read -r two; sleep 1000");
    let mut logic = logic(&command, PATIENT).bounded_by(move || {
        let exceeds = look.load(Ordering::SeqCst);
        (!exceeds).then_some(()).ok_or_else(|| "it is large".into())
    });
    assert!(logic.audit(&proof(1, b"value")).unwrap());
    exceeds.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let ended = logic.audit(&proof(1, b"value")).unwrap_err();
        assert!(ended.downcast_ref::<Unknown>().is_none());
        assert_eq!(
            ended.to_string(),
            "the task's program was ended: it is large"
        );
    }
    let worked = logic.work(7).unwrap_err();
    assert!(worked.to_string().contains("it is large"), "{worked}");
    exceeds.store(false, Ordering::SeqCst);
    assert!(logic.audit(&proof(1, b"value")).unwrap());
}

#[test]
fn a_program_that_does_not_read_holds_nobody_up() {
    let mut logic = logic(&greeted("sleep 600"), Duration::from_secs(2));
    let many = vec![proof(1, &[7; 512]); 1_000];
    for _ in 0..2 {
        let error = logic.distribution(&CYCLE, &many, &[true; 1_000]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("did not answer within 2s"), "{error}");
    }
}

#[test]
fn a_program_that_dies_is_started_again() {
    // Answers one question, and dies at the next.
    let mut logic = logic(
        &greeted("read -r question; echo '{\"valid\":true}'; read -r question"),
        PATIENT,
    );
    for _ in 0..3 {
        assert!(logic.audit(&proof(1, b"value")).unwrap());
        let error = logic.audit(&proof(1, b"value")).unwrap_err().to_string();
        assert!(error.contains("ended without an answer"), "{error}");
    }
}

/// Looks again and again until the process is gone, or left for its parent to note.
fn wait_until_ended(pid: &str) {
    let begun = Instant::now();
    let stat = format!("/proc/{pid}/stat");
    while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(begun.elapsed() < PATIENT, "{pid} does not end");
        std::thread::yield_now();
    }
}

#[test]
fn a_program_that_ended_after_its_answer_is_started_again() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ended");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("pid");
    let command = format!(
        "read -r question; echo $$ > '{}'; echo '{{\"valid\":true}}'",
        file.display()
    );
    let command = greeted(&command);
    let mut logic = logic(&command, PATIENT);
    for _ in 0..3 {
        assert!(logic.audit(&proof(1, b"value")).unwrap());
        let pid = fs::read_to_string(&file).unwrap();
        wait_until_ended(pid.trim());
    }
}

#[test]
fn what_the_program_says_of_itself_is_told() {
    let command = "while read -r question; do echo '{\"error\":\"no data yet\"}'; done";
    let error = logic(command, PATIENT).work(1).unwrap_err().to_string();
    assert_eq!(error, "the task's program says: no data yet");
    let command = r#"while read -r q; do printf '%s\n' '{"error":"a\u001b[2J\nb"}'; done"#;
    let error = logic(command, PATIENT).work(1).unwrap_err().to_string();
    assert_eq!(error, "the task's program says: a[2J b");
}

#[test]
fn answers_that_are_none_are_refused() {
    let list = |entries: &str| format!("{{\"list\":[{entries}]}}");
    let entry =
        |number, amount: u64| format!("{{\"node\":\"{}\",\"amount\":{amount}}}", node(number));
    let answering = |answer: &str| {
        logic(
            &format!("while read -r q; do echo '{answer}'; done"),
            PATIENT,
        )
    };
    for answer in [
        "hello",
        "",
        "{\"valid\":true}",
        "{\"value\":7}",
        "{\"value\":\"?\"}",
        "{\"value\":\"\"}",
        &format!("{{\"value\":\"{}\"}}", "AAAA".repeat(171)),
    ] {
        let error = answering(answer).work(1).unwrap_err().to_string();
        assert!(
            error.contains("the task's program answered"),
            "{answer}: {error}"
        );
    }
    for entries in [
        "{\"node\":\"me\",\"amount\":1}".to_owned(),
        entry(1, 0),
        entry(1, 1_002),
        format!("{},{}", entry(1, 1), entry(1, 1)),
        format!("{},{}", entry(1, u64::MAX), entry(2, u64::MAX)),
        "{\"node\":1}".to_owned(),
    ] {
        let answered = answering(&list(&entries)).distribution(&CYCLE, &[], &[]);
        let error = answered.unwrap_err().to_string();
        assert!(
            error.contains("the task's program answered"),
            "{entries}: {error}"
        );
    }
}

#[test]
fn amounts_are_strings_or_numbers_that_every_language_writes_exactly() {
    let listed = |amount: &str| {
        let entry = format!("{{\"node\":\"{}\",\"amount\":{amount}}}", node(1));
        let answer = format!("{{\"list\":[{entry}],\"error\":null}}");
        let command = format!("while read -r q; do echo '{answer}'; done");
        let cycle = DistributionCycle {
            bounty: u64::MAX,
            ..CYCLE
        };
        let list = logic(&command, PATIENT).distribution(&cycle, &[], &[]);
        list.map(|list| list[0].1)
            .map_err(|error| error.to_string())
    };
    for (amount, units) in [
        ("\"1001\"", 1_001),
        ("1001", 1_001),
        ("9007199254740991", (1 << 53) - 1),
        ("\"9007199254740993\"", (1 << 53) + 1),
        ("\"18446744073709551615\"", u64::MAX),
    ] {
        assert_eq!(listed(amount), Ok(units));
    }
    for amount in [
        "9007199254740992",
        "9007199254740993",
        "18446744073709551615",
    ] {
        let error = listed(amount).unwrap_err();
        assert!(error.contains(&format!("write \"{amount}\"")), "{error}");
    }
    for amount in [
        "1e3",
        "1.0",
        "-1",
        "\"-1\"",
        "\"+1\"",
        "\"1.0\"",
        "\" 1\"",
        "\"\"",
        "\"1e3\"",
        "null",
        "[1]",
        "18446744073709551616",
        "\"18446744073709551616\"",
    ] {
        let error = listed(amount).unwrap_err();
        assert!(error.contains("a string of digits"), "{amount}: {error}");
    }
}

#[test]
fn the_bounty_is_asked_about_in_a_string() {
    let command = r#"read -r q; case $q in *'"bounty":"1001"'*) echo '{"list":[]}';; esac"#;
    let list = logic(&greeted(command), PATIENT).distribution(&CYCLE, &[], &[]);
    assert_eq!(list.unwrap(), []);
}

#[test]
fn a_second_answer_to_one_question_answers_no_other() {
    let command = "while read -r q; do echo '{\"valid\":true}'; echo '{\"valid\":true}'; done";
    let mut logic = logic(command, PATIENT);
    // It may take a moment until the second answer arrives; by then there are more of them.
    let mut answers = (0..1_000).map(|_| logic.audit(&proof(1, b"value")));
    let error = answers.find_map(Result::err).unwrap().to_string();
    let is_told = [
        "nothing was asked",
        "follows the answer",
        "before the whole",
    ]
    .iter()
    .any(|told| error.contains(told));
    assert!(is_told, "{error}");
}

/// A file of its own for each test, which is not there yet.
fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("external");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    for old in [&file, &file.with_extension("part")] {
        let _absent = fs::remove_file(old);
    }
    file
}

/// The words in `file`, as soon as there are so many.
fn words(file: &Path, count: usize) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if words.len() >= count && text.ends_with('\n') {
            return words;
        }
        assert!(begun.elapsed() < PATIENT, "{text}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Thinks for ten minutes, with a child and a grandchild: their numbers, and its own, are in `file`.
fn thinker(file: &Path) -> String {
    format!(
        "sh -c 'sleep 600 & echo $! $$; wait' >> '{0}.part' & sleep 600 & echo $! $$ >> '{0}.part'
        while [ $(wc -w < '{0}.part') -lt 4 ]; do sleep 0.01; done; mv '{0}.part' '{0}'
        {1}",
        file.display(),
        greeted("read -r question; wait")
    )
}

#[test]
fn a_node_that_stops_waits_for_no_answer() {
    let file = file("stopped");
    let stop = Arc::new(AtomicBool::new(false));
    let mut logic = logic(&thinker(&file), Duration::from_secs(3_600)).until(Arc::clone(&stop));
    let stopper = thread::spawn({
        let file = file.clone();
        move || {
            let pids = words(&file, 4);
            stop.store(true, Ordering::Relaxed);
            pids
        }
    });
    let error = logic.work(1).unwrap_err().to_string();
    assert!(error.contains("the node stops"), "{error}");
    for pid in stopper.join().unwrap() {
        wait_until_ended(&pid);
    }
    // It is not started again.
    fs::remove_file(&file).unwrap();
    assert!(
        logic
            .work(1)
            .unwrap_err()
            .to_string()
            .contains("the node stops")
    );
    assert!(!file.exists());
}

#[test]
fn all_of_a_program_that_takes_too_long_is_ended() {
    let file = file("late");
    let mut logic = logic(&thinker(&file), Duration::from_secs(5));
    let error = logic.work(1).unwrap_err().to_string();
    assert!(error.contains("did not answer within 5s"), "{error}");
    for pid in words(&file, 4) {
        wait_until_ended(&pid);
    }
}

/// Where another test starts this one as a process of its own, the node that is killed; else nothing.
#[test]
fn victim() {
    if let Ok(file) = std::env::var("EXTERNAL_VICTIM") {
        let mut logic = logic(&thinker(Path::new(&file)), Duration::from_secs(3_600));
        drop(logic.work(1));
    }
}

#[test]
fn a_program_ends_with_its_node_even_if_that_is_killed() {
    let file = file("victim");
    let mut node = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim"])
        .env("EXTERNAL_VICTIM", &file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pids = words(&file, 4);
    // SIGKILL.
    node.kill().unwrap();
    node.wait().unwrap();
    for pid in pids {
        wait_until_ended(&pid);
    }
}

#[test]
fn a_program_may_leave_its_group_and_ends_all_the_same() {
    let file = file("setsid");
    let command = format!(
        "exec setsid sh -c 'echo $$ > {}; read -r hello; echo \"{{}}\"; exec sleep 600'",
        file.display()
    );
    let mut logic = logic(&command, Duration::from_secs(2));
    assert!(logic.work(1).is_err());
    for pid in words(&file, 1) {
        wait_until_ended(&pid);
    }
}

#[test]
fn whatever_a_program_writes_is_bounded() {
    for (command, expected) in [
        ("cat /dev/zero", "the task's program answered"),
        ("read -r q; cat /dev/zero", "it is longer than any answer"),
        (
            "read -r q; yes | tr -d '\\n'",
            "it is longer than any answer",
        ),
        ("yes", "the task's program answered"),
        ("read -r q; yes", "the task's program answered"),
        (
            "read -r q; head -c 100000 /dev/urandom; echo",
            "the task's program answered",
        ),
        (
            "read -r q; printf '\\377\\376\\n'",
            "the task's program answered",
        ),
        (
            "read -r q; printf '%080000d\\n' 0 | tr 0 '['",
            "longer than any answer",
        ),
        (
            "read -r q; printf '%09000d\\n' 0 | tr 0 '['",
            "no JSON object",
        ),
        ("read -r q; echo '[true]'", "no JSON object"),
        (
            "read -r q; printf '{\"x\":'; printf '%09000d\\n' 0 | tr 0 '['",
            "EOF while parsing a list",
        ),
        (
            "read -r q; printf '{\"valid\":true}'",
            "ended without an answer",
        ),
        (
            "read -r q; echo '{\"valid\":true,\"valid\":false}'",
            "duplicate field",
        ),
        (
            "echo '{\"valid\":true}'; sleep 600",
            "the task's program answered",
        ),
        (
            "read -r q; echo '{\"valid\":true,\"unknown\":\"both\"}'",
            "the task's program answered",
        ),
        (
            "read -r q; echo '{\"id\":77,\"valid\":true}'",
            "nothing was asked",
        ),
        (
            "read -r q; i=0; while :; do i=$((i+1)); echo '{\"call\":'$i',\"slot\":{}}'; done",
            "did not answer within",
        ),
        ("read -r q; yes >&2", "did not answer within"),
        (
            "read -r q; printf '{\"call\":1,\"log\":{\"text\":\"'; yes | tr -d '\\n'",
            "longer than any answer",
        ),
    ] {
        // Asked twice: it is started again in between.
        let command = if command.starts_with("read") {
            greeted(command)
        } else {
            command.to_owned()
        };
        let patience = if expected.starts_with("did not answer") {
            Duration::from_secs(2)
        } else {
            PATIENT
        };
        let mut logic = logic(&command, patience);
        for _ in 0..2 {
            let error = logic.audit(&proof(1, b"value")).unwrap_err().to_string();
            assert!(error.contains(expected), "{command}: {error}");
            assert!(error.len() < 600, "{error}");
        }
    }
}

#[test]
fn an_answer_that_comes_too_early_is_none() {
    // Answers when it has read the first kilobyte of a megabyte.
    let command = greeted("head -c 1000 > /dev/null; echo '{\"list\":[]}'; sleep 600");
    let many = vec![proof(1, &[7; 512]); 1_000];
    let answered = logic(&command, PATIENT).distribution(&CYCLE, &many, &[true; 1_000]);
    let error = answered.unwrap_err().to_string();
    assert!(
        error.contains("before the whole question was read"),
        "{error}"
    );
}

#[test]
fn a_missing_program_is_said_to_be_so() {
    let error = logic("/no/such/program 2> /dev/null", PATIENT)
        .work(1)
        .unwrap_err();
    assert!(error.to_string().contains("/no/such/program"), "{error}");
}

/// A program in Python that answers by `body`, which sees the name of the question, `q` and `ask(request)`.
fn python(name: &str, hello: &str, body: &str) -> String {
    let file = file(&format!("{name}.py"));
    let text = format!(
        r#"import base64, json, sys, threading
calls = 0
def say(**said):
    print(json.dumps(said), flush=True)
def ask(**request):
    global calls
    calls += 1
    say(call=calls, **request)
    reply = json.loads(sys.stdin.readline())
    assert reply["call"] == calls, reply
    return reply
for line in sys.stdin:
    question = json.loads(line)
    id = question.pop("id", None)
    ((name, q),) = question.items()
    if name == "hello":
        hello = q
        say({hello})
        continue
{body}
"#
    );
    fs::write(&file, text).unwrap();
    format!("python3 '{}'", file.display())
}

/// A host that knows the slot, and keeps what it hears.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<String>>,
}

impl Host for Listener {
    fn hello(&self) -> Result<Value, String> {
        Ok(json!({ "offers": ["slot", "log"] }))
    }

    fn call(&self, name: &str, arguments: &Value) -> Result<Value, String> {
        match name {
            "slot" => Ok(json!({ "slot": 1_042 })),
            _ => Err(format!("{name}: {arguments}")),
        }
    }

    fn hears(&self, line: &str) {
        self.heard.lock().unwrap().push(line.to_owned());
    }
}

impl Listener {
    /// What it has heard, once `is_all` of it is there.
    fn wait(&self, is_all: impl Fn(&[String]) -> bool) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let heard = self.heard.lock().unwrap().clone();
            if is_all(&heard) {
                return heard;
            }
            assert!(begun.elapsed() < PATIENT, "{heard:?}");
            thread::yield_now();
        }
    }
}

#[test]
fn a_program_is_greeted_and_may_ask_while_it_answers() {
    let command = python(
        "asks",
        "version=2",
        r#"
    assert hello["version"] == 2 and hello["role"] == "judge", hello
    slot = ask(slot={})["ok"]["slot"]
    refused = ask(sign={"message": ""})["error"]
    nameless = ask()["error"]
    ask(log={"text": f"{refused} / {nameless}"})
    print("on\nstandard\x1berror", file=sys.stderr, flush=True)
    say(id=id, valid=slot == 1042)"#,
    );
    let host = Arc::new(Listener::default());
    let mut logic = logic(&command, PATIENT).hosted_by(Arc::clone(&host) as _);
    assert!(logic.audit(&proof(1, b"value")).unwrap());
    let heard = host.wait(|heard| heard.len() == 3);
    assert!(heard[0].starts_with("sign: {\"message\":\"\"} / a request names one thing"));
    assert_eq!(heard[1..], ["on", "standard error"]);
    assert!(logic.audit(&proof(1, b"value")).unwrap());
}

#[test]
fn a_program_of_another_version_is_refused() {
    let error = logic("read -r q; echo '{\"version\":3}'; cat", PATIENT).work(1);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("speaks version 3"), "{error}");
}

#[test]
fn an_outage_is_told_from_an_answer_and_from_a_failure() {
    let answering = |answer: &str| {
        let command = format!("while read -r q; do echo '{answer}'; done");
        logic(&command, PATIENT).audit(&proof(1, b"value"))
    };
    let error = answering("{\"unknown\":\"the source is down\"}").unwrap_err();
    let unknown: &Unknown = error.downcast_ref().unwrap();
    assert_eq!(unknown.0, "the source is down");
    assert!(!answering("{\"valid\":false}").unwrap());
    let error = answering("{\"error\":\"no JSON\"}").unwrap_err();
    assert!(!error.is::<Unknown>());
}

#[test]
fn equal_shares_are_written_by_the_host_and_values_are_left_out_where_they_are_not_wanted() {
    let mut equal = logic("read -r q; echo '{\"equal_shares\":true}'; cat", PATIENT);
    let both = [proof(1, b"one"), proof(2, b"two")];
    let list = equal.distribution(&CYCLE, &both, &[true, true]).unwrap();
    assert_eq!(list, [(node(1), 500), (node(2), 500)]);
    let command = python(
        "without",
        "values=False",
        r#"
    assert all(s["value"] == "" for s in q["submissions"]), q
    first, second = q["submissions"]
    assert (first["status"], first["votes"], first["stake"]) == ("unchallenged", None, None), q
    assert second["status"] == "dismissed" and second["stake"] == "7", q
    assert second["votes"] == {"valid": "60", "invalid": "1", "author": "7", "electorate": "100"}, q
    say(list=[])"#,
    );
    let mut both = both.to_vec();
    both[1].tally = Some(Tally {
        valid: 60,
        invalid: 1,
        author: 7,
        electorate: 100,
    });
    let list = logic(&command, PATIENT).distribution(&CYCLE, &both, &[true, true]);
    assert_eq!(list.unwrap(), []);
}

/// The proof of `cycle`, as soon as it is there.
fn worked(logic: &mut External, cycle: u64) -> Vec<u8> {
    let begun = Instant::now();
    loop {
        if let Some(proof) = logic.try_work(cycle).unwrap() {
            return proof;
        }
        assert!(begun.elapsed() < PATIENT, "the work does not end");
        thread::yield_now();
    }
}

#[test]
fn audits_are_answered_while_the_work_goes_on_in_another_process_or_in_the_same() {
    for (name, hello) in [("two", ""), ("one", "concurrent=True")] {
        let release = file(&format!("{name}.fifo"));
        let made = Command::new("mkfifo").arg(&release).status().unwrap();
        assert!(made.success());
        let body = format!(
            r#"
    def work(id=id):
        word = open("{}").read().encode()
        say(id=id, value=base64.b64encode(word).decode())
    if name == "work" and "{hello}":
        threading.Thread(target=work).start()
    elif name == "work":
        work()
    else:
        say(id=id, valid=True)"#,
            release.display()
        );
        let mut logic = logic(&python(name, hello, &body), PATIENT);
        for cycle in [3, 4] {
            assert!(logic.begin_work(cycle));
            for _ in 0..20 {
                assert!(logic.audit(&proof(1, b"value")).unwrap());
            }
            assert_eq!(logic.try_work(cycle).unwrap(), None);
            // Opened as soon as the work waits for it.
            fs::write(&release, format!("work of {cycle}")).unwrap();
            let value = worked(&mut logic, cycle);
            assert_eq!(value, format!("work of {cycle}").as_bytes());
        }
    }
}

#[test]
fn work_whose_window_is_over_is_ended() {
    let file = file("cancelled");
    let command = format!(
        "read -r hello; echo '{{}}'; read -r work; sleep 600 & echo $! $$ > '{}'; wait",
        file.display()
    );
    let mut logic = logic(&command, PATIENT);
    logic.begin_work(3);
    let pids = words(&file, 2);
    logic.end_work_before(3);
    assert!(logic.is_working());
    logic.end_work_before(4);
    assert!(!logic.is_working());
    for pid in pids {
        wait_until_ended(&pid);
    }
}

#[test]
fn what_is_given_up_in_a_process_that_does_several_things_costs_nothing_else() {
    let body = r#"
    if "cancel" in question:
        print("cancelled", file=sys.stderr, flush=True)
        say(id=q, value="dG9vIGxhdGU=")
    elif name == "audit":
        say(id=id, valid=True)"#;
    let command = python("cancels", "concurrent=True", body);
    let host = Arc::new(Listener::default());
    let mut logic = logic(&command, PATIENT).hosted_by(Arc::clone(&host) as _);
    logic.begin_work(3);
    assert!(logic.audit(&proof(1, b"value")).unwrap());
    logic.end_work_before(4);
    host.wait(|heard| heard == ["cancelled"]);
    for _ in 0..3 {
        assert!(logic.audit(&proof(1, b"value")).unwrap());
    }
}

#[test]
fn work_that_fails_is_told_once_and_begun_again() {
    let file = file("fails");
    let command = format!(
        "read -r hello; echo '{{}}'; read -r work; if [ -e '{0}' ]; then echo '{{\"value\":\"b2s=\"}}'; cat; fi
        : > '{0}'",
        file.display()
    );
    let mut logic = logic(&command, PATIENT);
    logic.begin_work(3);
    let begun = Instant::now();
    while logic.is_working() {
        assert!(begun.elapsed() < PATIENT);
        thread::yield_now();
    }
    let error = logic.try_work(3).unwrap_err().to_string();
    assert!(error.contains("ended without an answer"), "{error}");
    assert_eq!(worked(&mut logic, 3), b"ok");
}

#[test]
fn a_process_that_does_several_things_is_ended_when_it_answers_none_of_them() {
    let file = file("stuck");
    let command = format!(
        "echo $$ >> '{}'; read -r hello; echo '{{\"concurrent\":true}}'; cat > /dev/null",
        file.display()
    );
    let mut logic = logic(&command, Duration::from_secs(2));
    for started in [1, 1, 1, 2] {
        let error = logic.audit(&proof(1, b"value")).unwrap_err().to_string();
        assert!(error.contains("did not answer within 2s"), "{error}");
        assert_eq!(words(&file, started).len(), started);
    }
}
