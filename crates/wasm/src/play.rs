//! The line protocol of `docs/external-logic.md`, played by a module.

use crate::{
    grants::Grants,
    guest::{MachineError, Outside, Talk},
    module::Module,
    name::{Limits, Reference},
    run::{Ran, run},
};
use serde_json::{Map, Value, json};
use std::{
    cell::RefCell,
    io::{self, BufRead, Write},
    rc::Rc,
};
use thiserror::Error;

/// Most bytes of an answer that is no list, as for every external program.
const MOST_ANSWER: usize = 64 << 10;

/// Why a module is played no longer.
#[derive(Debug, Error)]
pub enum PlayError {
    /// The node is not heard any more.
    #[error("cannot talk to the node: {0}")]
    Io(#[from] io::Error),
    /// The machine failed. Another try may not.
    #[error("the machine failed: {0}")]
    Machine(#[from] MachineError),
    /// A line of the node is no question.
    #[error("{0}: the node speaks another version of the protocol")]
    Question(String),
    /// The task names another module, or limits that are none.
    #[error("{0}")]
    Task(String),
    /// The module does not answer the greeting.
    #[error("the module does not answer hello with one line of JSON: {0}")]
    Hello(String),
}

/// The streams to the node.
struct Streams<I, O, E> {
    input: I,
    output: O,
    errors: E,
}

impl<I: BufRead, O: Write, E: Write> Outside for Streams<I, O, E> {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        self.input.read_until(b'\n', &mut line)?;
        Ok((!line.is_empty()).then_some(line))
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.output.write_all(line)?;
        self.output.flush()
    }

    fn log(&mut self, bytes: &[u8]) {
        // Whoever does not listen to the log loses the log.
        let _lost = self.errors.write_all(bytes);
    }
}

/// What was asked, without its number.
struct Question {
    id: Value,
    name: String,
    arguments: Value,
}

impl Question {
    fn read(line: &[u8]) -> Result<Self, PlayError> {
        let wrong = |why: String| PlayError::Question(why);
        let mut line: Map<String, Value> =
            serde_json::from_slice(line).map_err(|error| wrong(error.to_string()))?;
        let id = line.remove("id").unwrap_or_default();
        let (name, arguments) = line
            .into_iter()
            .next()
            .ok_or_else(|| wrong("a question without a name".into()))?;
        Ok(Self {
            id,
            name,
            arguments,
        })
    }

    /// As a run reads it. The number is the same in every run, so that nothing depends on it.
    fn line(&self, id: u8) -> Vec<u8> {
        let mut line = json!({ "id": id, &self.name: self.arguments }).to_string();
        line.push('\n');
        line.into_bytes()
    }
}

/// What every node tells of the task alike, whenever it was started: without the node itself, its machine, what it
/// offers, and the task's manager, who may hand the task over.
fn common(hello: &Value) -> Value {
    let mut hello = hello.clone();
    if let Some(hello) = hello.as_object_mut() {
        for own in ["node", "rpc", "state"] {
            hello.remove(own);
        }
        if let Some(terms) = hello.get_mut("terms").and_then(Value::as_object_mut) {
            terms.remove("manager");
        }
        hello.insert("role".into(), "judge".into());
        hello.insert("offers".into(), json!([]));
    }
    hello
}

/// The hash and the limits that the task names in the text `audit_program`, as far as it does.
fn named(hello: &Value) -> Result<Option<Reference>, PlayError> {
    let text = hello.pointer("/texts/audit_program");
    let text = text.and_then(Value::as_str).unwrap_or_default();
    let named = Reference::named_in(text).transpose();
    named.map_err(|why| PlayError::Task(format!("the task's audit_program: {why}")))
}

/// A module at work for one node.
struct Player<'a> {
    module: &'a Module,
    limits: Limits,
    outside: Rc<RefCell<dyn Outside>>,
    /// What the operator allows.
    allowed: &'a Grants,
    /// As much of it as the module wants.
    granted: Grants,
    /// The greeting, once it was heard: as work reads it, and as every node tells it.
    hello: Option<[Question; 2]>,
}

impl Player<'_> {
    fn run(&self, input: Vec<u8>, talk: Talk) -> Result<Ran, PlayError> {
        let outside = Rc::clone(&self.outside);
        Ok(run(self.module, self.limits, input, talk, outside)?)
    }

    fn say(&self, id: &Value, mut answer: Map<String, Value>) -> Result<(), PlayError> {
        answer.insert("id".into(), id.clone());
        // An answer is no request to the node.
        answer.remove("call");
        let mut line = Value::from(answer).to_string();
        line.push('\n');
        self.outside.borrow_mut().write(line.as_bytes())?;
        Ok(())
    }

    fn log(&self, what: &str) {
        self.outside
            .borrow_mut()
            .log(format!("{what}\n").as_bytes());
    }

    fn answer(&mut self, question: Question) -> Result<(), PlayError> {
        match (question.name.as_str(), &self.hello) {
            // A reply that the run which asked did not wait for, and a question that is not waited for any more.
            ("call" | "cancel", _) => Ok(()),
            ("hello", _) => self.greeted(question),
            ("audit", Some([_, common])) => {
                let input = [common.line(1), question.line(2)].concat();
                let ran = self.run(input, Talk::Alone(2))?;
                let valid = self.judged(&ran);
                self.say(
                    &question.id,
                    Map::from_iter([("valid".into(), valid.into())]),
                )
            }
            ("work", Some([own, _])) => {
                let input = [own.line(1), question.line(2)].concat();
                let ran = self.run(input, Talk::WithNode(self.granted.clone()))?;
                self.say(&question.id, second(&ran))
            }
            (_, Some([_, common])) => {
                let input = [common.line(1), question.line(2)].concat();
                let ran = self.run(input, Talk::Alone(2))?;
                self.say(&question.id, second(&ran))
            }
            (name, None) => Err(PlayError::Question(format!("{name} before hello"))),
        }
    }

    /// Hears the greeting: what it says of the module must be true, and the module has to answer it.
    fn greeted(&mut self, mut hello: Question) -> Result<(), PlayError> {
        if let Some(named) = named(&hello.arguments)? {
            let own = self.module.hash();
            if named.hash != own {
                return Err(PlayError::Task(format!(
                    "the task names the module {}, and this one is {own}: get the file that the task names",
                    named.hash
                )));
            }
            self.limits = named.limits;
        }
        let shared = Question {
            id: Value::Null,
            name: hello.name.clone(),
            arguments: common(&hello.arguments),
        };
        let ran = self.run(shared.line(1), Talk::Alone(1))?;
        let answer = ran.lines.first().and_then(|line| short(line));
        let mut answer = answer.ok_or(PlayError::Hello(ran.end))?;
        // Each question has a run of its own, whatever the module could do.
        answer.remove("concurrent");
        let (granted, told) = (self.allowed.wanted_by(&answer)).map_err(PlayError::Hello)?;
        // Once for each start: the process that works is greeted too.
        if hello.arguments.get("role").and_then(Value::as_str) != Some("work") {
            told.iter().for_each(|line| self.log(line));
        }
        self.say(&hello.id, answer)?;
        // Of no use to a module; and the RPC's address may have a key in it.
        if let Some(own) = hello.arguments.as_object_mut() {
            own.remove("rpc");
            own.remove("state");
            let offers = own.get_mut("offers").and_then(Value::as_array_mut);
            if let Some(offers) = offers.filter(|_| !granted.hosts.is_empty()) {
                offers.push("fetch".into());
            }
        }
        self.granted = granted;
        self.hello = Some([hello, shared]);
        Ok(())
    }

    /// Whether the run calls the submission valid. Every other end is a verdict too: it is the same on every node.
    fn judged(&self, ran: &Ran) -> bool {
        let answer = ran.lines.get(1).and_then(|line| short(line));
        let said = answer.as_ref().and_then(|answer| answer.get("valid"));
        match said.and_then(Value::as_bool) {
            Some(valid) => valid,
            None => {
                let said = answer
                    .map_or_else(|| ran.end.clone(), |answer| Value::from(answer).to_string());
                self.log(&format!(
                    "the module does not say whether a submission is valid: it is invalid: {said}"
                ));
                false
            }
        }
    }
}

fn object(line: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(line).ok()
}

/// The answer in `line`, unless it is longer than any that is no list.
fn short(line: &[u8]) -> Option<Map<String, Value>> {
    (line.len() <= MOST_ANSWER).then(|| object(line)).flatten()
}

/// The answer to the question after the greeting; an error where there is none.
fn second(ran: &Ran) -> Map<String, Value> {
    let answer = ran.lines.get(1).and_then(|line| object(line));
    answer.unwrap_or_else(|| Map::from_iter([("error".into(), ran.end.clone().into())]))
}

/// Answers the questions of `input` by `module` on `output`, until `input` ends. What the module writes to standard
/// error goes to `errors`. Its work may use what is `allowed`, as far as the module says that it wants it.
///
/// # Errors
/// Where the node is not heard any more, and where nothing can be answered.
pub fn play(
    module: &Module,
    allowed: &Grants,
    input: impl BufRead + 'static,
    output: impl Write + 'static,
    errors: impl Write + 'static,
) -> Result<(), PlayError> {
    let streams = Rc::new(RefCell::new(Streams {
        input,
        output,
        errors,
    }));
    let mut player = Player {
        module,
        limits: Limits::default(),
        outside: streams.clone(),
        allowed,
        granted: Grants::default(),
        hello: None,
    };
    loop {
        let line = streams.borrow_mut().read()?;
        let Some(line) = line else {
            return Ok(());
        };
        player.answer(Question::read(&line)?)?;
    }
}
