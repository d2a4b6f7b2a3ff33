//! Many answers of a module, and the fuel that each took, in one digest. Machines on which a module is the same show the same
//! one.

use crate::{
    guest::{MachineError, Outside, Random, Talk},
    module::Module,
    name::{Hash, Limits},
    run::run,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use std::{cell::RefCell, io, rc::Rc};

/// How many questions are asked, unless somebody says otherwise.
pub const QUESTIONS: u64 = 10_000;

/// What became of the questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many values were found valid.
    pub valid: u64,
    /// Units of fuel that all runs took together.
    pub fuel: u64,
    /// The digest of what each run wrote, how it ended, and the units of fuel that it took.
    pub hash: Hash,
}

/// Nobody: what a run says besides its answers is lost.
struct Nobody;

impl Outside for Nobody {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn log(&mut self, _: &[u8]) {}
}

/// Random questions: the same ones everywhere.
struct Questions(Random);

impl Questions {
    fn number(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn bytes(&mut self, length: u64) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A value: random bytes, or what the templates' tasks take for a proof.
    fn value(&mut self) -> Vec<u8> {
        if self.number().is_multiple_of(2) {
            let nonce = self.number() % 10_000;
            return format!("{{\"nonce\":{nonce}}}").into_bytes();
        }
        let length = self.number() % 513;
        self.bytes(length)
    }

    /// The question of this number, as a run reads it after the greeting.
    fn audit(&mut self) -> Value {
        let node = bs58::encode(self.bytes(32)).into_string();
        let value = BASE64_STANDARD.encode(self.value());
        // Every language reads such numbers exactly.
        let (cycle, slot) = (self.number() >> 11, self.number() >> 11);
        json!({ "id": 2, "audit": { "cycle": cycle, "node": node, "value": value, "slot": slot } })
    }
}

/// Asks `module` about `questions` random values.
///
/// # Errors
/// Where the machine fails.
pub fn of(module: &Module, questions: u64) -> Result<Digest, MachineError> {
    let hello = json!({ "id": 1, "hello": { "version": 2, "role": "judge", "offers": [] } });
    let mut random = Questions(Random::new(b"gradual consensus"));
    let (mut valid, mut fuel, mut told) = (0u64, 0u64, Vec::new());
    for _ in 0..questions {
        let input = format!("{hello}\n{}\n", random.audit()).into_bytes();
        let nobody = Rc::new(RefCell::new(Nobody));
        let ran = run(module, Limits::default(), input, Talk::Alone(2), nobody)?;
        let answer = ran.lines.get(1).map(Vec::as_slice).unwrap_or_default();
        let answer: Option<Value> = serde_json::from_slice(answer).ok();
        let is_valid = answer.is_some_and(|answer| answer["valid"] == true);
        valid = valid.saturating_add(is_valid.into());
        fuel = fuel.saturating_add(ran.fuel);
        told.extend(ran.lines.concat());
        told.extend(format!("{} {}\n", ran.fuel, ran.end).into_bytes());
    }
    Ok(Digest {
        valid,
        fuel,
        hash: Hash::of(&told),
    })
}
