//! No command prints a secret key, wherever somebody puts one: as an argument, in the environment, or in the
//! config.
#![cfg(feature = "rpc")]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use solana_sdk::signature::Keypair;
use std::{fs, process::Command, thread};
use support::{Home, REFUSING, assert_refused, said, tree};

const TASK: &str = "So11111111111111111111111111111111111111112";
const VARIABLES: [&str; 7] = [
    "URL",
    "WS",
    "KEYPAIR",
    "COMMITMENT",
    "CONFIG",
    "OUTPUT",
    "COMPUTE_UNIT_PRICE",
];

/// A key, and every form of it that somebody may paste.
struct Secret {
    bytes: [u8; 64],
    forms: Vec<String>,
}

impl Secret {
    fn new() -> Self {
        let key = Keypair::new();
        let bytes = key.to_bytes();
        let numbers = bytes.map(|byte| byte.to_string());
        let hex = bytes.map(|byte| format!("{byte:02x}")).concat();
        let forms = vec![
            format!("[{}]", numbers.join(",")),
            format!("[\n  {}\n]", numbers.join(",\n  ")),
            key.to_base58_string(),
            hex.clone(),
            hex.chars().take(64).collect(),
        ];
        Self { bytes, forms }
    }

    /// Fails if `text` has any eight bytes of the key in it that follow one another, in any form.
    #[track_caller]
    fn assert_not_in(&self, text: &str, where_: &str) {
        let found = |part: &str| assert!(!text.contains(part), "{where_} prints {part}:\n{text}");
        for run in self.bytes.windows(4) {
            let numbers: Vec<String> = run.iter().map(u8::to_string).collect();
            for between in [",", ", ", " ", "\n"] {
                let run = numbers.join(between);
                // Shorter ones stand in any text.
                if run.len() > 8 {
                    found(&run);
                }
            }
            let hex: String = run.iter().map(|byte| format!("{byte:02x}")).collect();
            found(&hex);
        }
        for form in self.forms.iter().filter(|form| !form.contains(',')) {
            let letters: Vec<char> = form.chars().collect();
            for run in letters.windows(10) {
                found(&run.iter().collect::<String>());
            }
        }
    }

    /// Runs `command`, which must fail without a word of the key.
    #[track_caller]
    fn assert_kept_by(&self, mut command: Command, where_: &str) {
        let output = command.output().unwrap();
        let text = said(&output);
        assert!(!output.status.success(), "{where_} succeeds:\n{text}");
        self.assert_not_in(&text, where_);
        assert_eq!(text.lines().count(), 1, "{where_}:\n{text}");
    }
}

#[test]
fn a_key_in_the_place_of_its_path_is_not_printed() {
    let home = Home::new("secrets");
    let secret = Secret::new();
    let file = home.write("key.json", &secret.forms[0]);
    let file = file.to_str().unwrap();
    for form in &secret.forms {
        let says = |arguments: &[&str], option: &str| {
            let output = home.run(arguments);
            secret.assert_not_in(&said(&output), option);
            let expected =
                format!("the value of {option} is no path to a file, it looks like a secret key");
            assert_refused(&output, 2, &expected);
        };
        let claim = ["claim", TASK, "-u", REFUSING];
        says(&[&claim[..], &["-k", form]].concat(), "--keypair");
        says(
            &[&claim[..], &[&*format!("-k{form}")]].concat(),
            "--keypair",
        );
        says(
            &[&claim[..], &[&*format!("--keypair={form}")]].concat(),
            "--keypair",
        );

        let mut command = home.command(&claim);
        let output = command.env("GRADUAL_KEYPAIR", form).output().unwrap();
        secret.assert_not_in(&said(&output), "GRADUAL_KEYPAIR");
        assert_refused(
            &output,
            2,
            "the value of GRADUAL_KEYPAIR is no path to a file",
        );

        let words: Vec<&str> = form.split_whitespace().collect();
        let config = home.write(
            "config.yml",
            &format!("keypair_path: '{}'\n", words.join(" ")),
        );
        let config = ["-C", config.to_str().unwrap()];
        says(
            &[&claim[..], &config].concat(),
            "keypair_path in the config",
        );

        let deploy = [
            "program",
            "deploy",
            file,
            "-u",
            REFUSING,
            "-k",
            file,
            "--program-keypair",
            form,
        ];
        says(&deploy, "--program-keypair");
        let payer = [&claim[..], &["-k", file, "--fee-payer", form]].concat();
        says(&payer, "--fee-payer");
    }
}

#[test]
fn no_variable_and_no_field_of_the_config_that_holds_a_key_is_printed() {
    let home = Home::new("secrets-environment");
    let secret = Secret::new();
    for form in &secret.forms {
        for name in VARIABLES {
            let name = format!("GRADUAL_{name}");
            let mut command = home.command(&["claim", TASK]);
            command.env("GRADUAL_URL", REFUSING).env(&name, form);
            secret.assert_kept_by(command, &name);
        }
        for field in [
            "json_rpc_url",
            "websocket_url",
            "keypair_path",
            "commitment",
        ] {
            for value in [form.clone(), format!("'{form}'"), format!("{{a: {form}}}")] {
                let config = home.write("config.yml", &format!("{field}: {value}\n"));
                let config = config.to_str().unwrap();
                let command = home.command(&["claim", TASK, "-u", REFUSING, "-C", config]);
                secret.assert_kept_by(command, field);
            }
        }
        let config = home.write("config.yml", form);
        let command = home.command(&[
            "claim",
            TASK,
            "-u",
            REFUSING,
            "-C",
            config.to_str().unwrap(),
        ]);
        secret.assert_kept_by(command, "the config itself");
        // A file that holds no key, or holds it in another form than solana-keygen's.
        for text in [
            form.clone(),
            format!("\"{form}\""),
            form.replacen(',', " ", 1),
            format!("{form} x"),
        ] {
            if text == secret.forms[0] || text == secret.forms[1] {
                continue;
            }
            let file = home.write("odd.json", &text);
            let command =
                home.command(&["claim", TASK, "-u", REFUSING, "-k", file.to_str().unwrap()]);
            secret.assert_kept_by(command, "a file");
        }
    }
}

#[test]
fn a_key_that_somebody_forgot_to_quote_is_not_printed() {
    let home = Home::new("secrets-unquoted");
    let secret = Secret::new();
    let pretty = &secret.forms[1];
    let words: Vec<&str> = pretty.split_whitespace().collect();
    let command = home.command(&[&["claim", TASK, "-k"], &words[..]].concat());
    secret.assert_kept_by(command, "many arguments");
}

/// As many at a time as a small machine bears.
const WORKERS: usize = 4;

#[test]
fn no_command_prints_a_key_in_any_of_its_arguments() {
    let home = Home::new("secrets-everywhere");
    let secret = Secret::new();
    let leaves = tree::leaves(&home);
    let mut cases: Vec<(String, Vec<String>)> = Vec::new();
    for leaf in &leaves {
        for form in [&secret.forms[0], &secret.forms[2]] {
            let filled = vec![form.clone(); leaf.arguments().max(1)];
            cases.push((leaf.name(), [leaf.path.clone(), filled].concat()));
            for option in leaf.options() {
                let named = vec![option.clone(), form.clone()];
                cases.push((
                    format!("{} {option}", leaf.name()),
                    [leaf.path.clone(), named].concat(),
                ));
            }
        }
    }
    cases.push(("no command".into(), vec![secret.forms[0].clone()]));
    assert!(cases.len() > 300, "{}", cases.len());
    let (home, secret, cases) = (&home, &secret, &cases);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            scope.spawn(move || {
                for (name, arguments) in cases.iter().skip(worker).step_by(WORKERS) {
                    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                    let mut command = home.command(&arguments);
                    command.env("GRADUAL_URL", REFUSING).current_dir(&home.0);
                    let output = command.output().unwrap();
                    let text = said(&output);
                    secret.assert_not_in(&text, name);
                    // One wrong thing, one line that says what to do.
                    assert!(
                        matches!(output.status.code(), Some(1 | 2)),
                        "{name}:\n{text}"
                    );
                    // The doctor writes a line for each finding.
                    if name.starts_with("doctor ") {
                        continue;
                    }
                    assert_eq!(text.lines().count(), 1, "{name}:\n{text}");
                    assert!(text.starts_with("error: "), "{name}:\n{text}");
                }
            });
        }
    });
    for entry in fs::read_dir(&home.0).unwrap() {
        let name = entry.unwrap().file_name();
        secret.assert_not_in(&name.to_string_lossy(), "the name of a file");
    }
}
