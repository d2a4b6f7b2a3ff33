//! A node as a process.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command},
};

/// A node whose log is read line by line; ended with the test.
pub struct Running {
    pub child: Child,
    log: BufReader<ChildStderr>,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// The next event.
    pub fn next(&mut self) -> Value {
        let mut line = String::new();
        assert!(self.log.read_line(&mut line).unwrap() > 0, "the log ends");
        serde_json::from_str(&line).unwrap()
    }

    /// The first event that has `text` in it.
    pub fn wait_for(&mut self, text: &str) -> Value {
        loop {
            let event = self.next();
            if event.to_string().contains(text) {
                return event;
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
