//! How many audits a second the task of `gradual new --language rust` takes: as a function, as a program of `exec:` and as
//! a module of `wasm:`, each asked one question after the other, as a node asks. It prints the table of
//! `docs/wasm-logic.md`, which says how to run it.

// The template's own formatting is that of its tasks.
#[rustfmt::skip]
#[path = "../../cli/templates/rust/src/task.rs"]
#[allow(dead_code, reason = "only work and audit are measured")]
mod task;

use base64::{Engine, prelude::BASE64_STANDARD};
use gradual_consensus_wasm::{grants::Grants, module::Module, play::play};
use serde_json::{Value, json};
use std::{
    env,
    error::Error,
    fs,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// How long each way is asked.
const PATIENCE: Duration = Duration::from_secs(5);
/// Different questions, half of them about valid values.
const QUESTIONS: u64 = 32;
const USAGE: &str = "audits MODULE PROGRAM: the template's module, and its program";

/// An audit, and whether the value is valid.
struct Question {
    node: String,
    cycle: u64,
    value: Vec<u8>,
    is_valid: bool,
}

impl Question {
    fn new(number: u64) -> Outcome<Self> {
        let (node, cycle) = (format!("node-{number}"), number);
        let is_valid = number.is_multiple_of(2);
        let worker = if is_valid { node.as_str() } else { "another" };
        Ok(Self {
            value: task::work(worker, cycle)?,
            node,
            cycle,
            is_valid,
        })
    }

    fn line(&self) -> Value {
        let value = BASE64_STANDARD.encode(&self.value);
        json!({ "id": 2, "audit": { "cycle": self.cycle, "node": self.node, "value": value, "slot": 9 } })
    }
}

/// A process that answers lines.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts `command`, and greets it.
    fn start(command: &mut Command) -> Outcome<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let mut process = Self {
            child,
            input: input.ok_or("no pipe")?,
            output: BufReader::new(output.ok_or("no pipe")?),
        };
        process
            .ask(&json!({ "id": 1, "hello": { "version": 2, "role": "judge", "offers": [] } }))?;
        Ok(process)
    }

    fn ask(&mut self, question: &Value) -> Outcome<Value> {
        self.input.write_all(format!("{question}\n").as_bytes())?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }

    /// Asks about a value.
    fn audit(&mut self, question: &Question) -> Outcome<bool> {
        let answer = self.ask(&question.line())?;
        answer["valid"]
            .as_bool()
            .ok_or_else(|| answer.to_string().into())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // That it has ended already is no error.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// Asks `audit` about the questions until the time is up, and prints the row of the table.
fn measure(
    way: &str,
    questions: &[Question],
    mut audit: impl FnMut(&Question) -> Outcome<bool>,
) -> Outcome<()> {
    let (begun, mut count) = (Instant::now(), 0u32);
    for question in questions.iter().cycle() {
        if audit(question)? != question.is_valid {
            return Err(format!("{way}: a wrong answer about {}", question.node).into());
        }
        count = count.saturating_add(1);
        if begun.elapsed() >= PATIENCE {
            break;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let each = seconds / f64::from(count);
    println!("| {way} | {:.0} | {:.1} |", 1.0 / each, each * 1e6);
    Ok(())
}

/// Plays a module on standard input and output, as `gradual logic play` does.
fn play_module(file: &str) -> Outcome<()> {
    let module = Module::new(&fs::read(file)?, None)?;
    let input = BufReader::new(io::stdin());
    Ok(play(
        &module,
        &Grants::default(),
        input,
        io::stdout(),
        io::stderr(),
    )?)
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [module, program] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    if module == "play" {
        return play_module(program);
    }
    let questions = (0..QUESTIONS)
        .map(Question::new)
        .collect::<Outcome<Vec<_>>>()?;
    println!("| the same audit as | audits a second | microseconds each |\n|---|---:|---:|");
    measure("a function of the node's program", &questions, |asked| {
        Ok(task::audit(&asked.node, asked.cycle, &asked.value)?)
    })?;
    let mut native = Process::start(&mut Command::new(program))?;
    measure("a program, `exec:`", &questions, |asked| {
        native.audit(asked)
    })?;
    let mut own = Command::new(env::current_exe()?);
    let mut played = Process::start(own.args(["play", module]))?;
    measure("a module, `wasm:`", &questions, |asked| played.audit(asked))
}
