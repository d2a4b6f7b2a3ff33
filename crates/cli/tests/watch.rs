//! `gradual watch` in a terminal: what it draws, how it ends, and that the terminal is as it was.
#![cfg(all(feature = "dashboard", unix))]
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

mod support;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::Write,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};
use support::games::Games;
use vt100::{Parser, Screen};

/// Longest wait for the screen to show something, or to end.
const LIMIT: Duration = Duration::from_secs(60);
/// The terminal's size, which is that of a parser too unless it is told otherwise.
const SIZE: PtySize = PtySize {
    rows: 24,
    cols: 80,
    pixel_width: 0,
    pixel_height: 0,
};

/// The command in a terminal.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    printed: Receiver<Vec<u8>>,
    parser: Parser,
    /// How the terminal handled keys before.
    modes: String,
    child: Box<dyn Child + Send + Sync>,
}

impl Terminal {
    fn run(games: &Games, arguments: &[&str]) -> Self {
        let pair = native_pty_system().openpty(SIZE).unwrap();
        let modes = modes(&*pair.master);
        let all = [&["-u", &games.chain.url], arguments].concat();
        let wanted = games.home.command(&all);
        let mut command = CommandBuilder::new(wanted.get_program());
        command.args(wanted.get_args());
        command.env("TERM", "xterm-256color");
        for (name, value) in wanted.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut read = pair.master.try_clone_reader().unwrap();
        let (tell, printed) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(count @ 1..) = read.read(&mut bytes) {
                if tell.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().unwrap(),
            master: pair.master,
            printed,
            parser: Parser::default(),
            modes,
            child,
        }
    }

    /// Waits until the terminal is as `is_right` says.
    #[track_caller]
    fn until(&mut self, what: &str, is_right: impl Fn(&Screen) -> bool) {
        let begun = Instant::now();
        while !is_right(self.parser.screen()) {
            let left = LIMIT.saturating_sub(begun.elapsed());
            let Ok(bytes) = self.printed.recv_timeout(left) else {
                panic!("no {what}: {}", self.parser.screen().contents());
            };
            self.parser.process(&bytes);
        }
    }

    #[track_caller]
    fn until_shown(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
    }

    fn send(&self, signal: Signal) {
        let number = self.child.process_id().unwrap();
        let process = Pid::from_raw(number.try_into().unwrap()).unwrap();
        kill_process(process, signal).unwrap();
    }

    /// Waits until it has ended, and checks that the terminal is as it was.
    #[track_caller]
    fn ended(mut self) -> ExitStatus {
        self.until("usual screen", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor()
        });
        let status = self.child.wait().unwrap();
        assert_eq!(modes(&*self.master), self.modes);
        assert_eq!(self.parser.screen().contents(), "", "nothing is left");
        status
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _waited = self.child.wait();
    }
}

/// How a terminal handles keys: whether it shows them, and hands them on one by one.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// Watches the task as node 0, until the screen is up.
fn watch(games: &Games) -> Terminal {
    let (task, key) = (games.task(), games.path("node-0"));
    let mut terminal = Terminal::run(games, &["-k", &key, "watch", &task]);
    terminal.until_shown("q quits");
    terminal.until_shown("now: slot 100");
    assert_ne!(modes(&*terminal.master), terminal.modes);
    assert!(terminal.parser.screen().alternate_screen());
    terminal
}

#[test]
fn it_shows_the_task_and_the_node_and_changes_with_them() {
    let games = Games::new("watch-live", 4);
    let mut terminal = watch(&games);
    let address = games.chain.with(|state| state.world.nodes[0].pubkey());
    let address = address.to_string();
    terminal.until_shown("pays for 10 rounds");
    terminal.until_shown(&format!("node    {}…", &address[..4]));
    terminal.until_shown("DOES NOT VOTE in this round");
    games.chain.warp_to(345);
    terminal.until_shown("now: slot 345");
    terminal.until_shown("round 2");
    terminal.press(b"x");
    terminal.press(b"q");
    assert!(terminal.ended().success());
}

#[test]
fn every_key_that_ends_it_leaves_the_terminal_as_it_was() {
    let games = Games::new("watch-keys", 1);
    for keys in [&b"q"[..], b"\x1b", b"\x03"] {
        let mut terminal = watch(&games);
        terminal.press(keys);
        assert!(terminal.ended().success(), "{keys:?}");
    }
}

#[test]
fn a_signal_ends_it_and_leaves_the_terminal_as_it_was() {
    let games = Games::new("watch-signals", 1);
    for signal in [Signal::TERM, Signal::INT] {
        let terminal = watch(&games);
        terminal.send(signal);
        assert!(terminal.ended().success(), "{signal:?}");
    }
}

#[test]
fn another_size_is_drawn_at_once() {
    let games = Games::new("watch-size", 1);
    let mut terminal = watch(&games);
    terminal
        .master
        .resize(PtySize { cols: 60, ..SIZE })
        .unwrap();
    terminal.until_shown("has 60 and 24");
    terminal.press(b"q");
    assert!(terminal.ended().success());
}

#[test]
fn what_is_no_terminal_is_refused_in_one_line() {
    let games = Games::new("watch-refused", 1);
    games.refuses("node-0", "watch TASK", 2, "standard output is none");
    games.refuses("node-0", "watch TASK --output json", 2, "has no JSON");
}

#[test]
fn a_task_that_is_not_there_is_refused_before_the_screen() {
    let games = Games::new("watch-none", 1);
    let nobody = "11111111111111111111111111111112";
    let mut terminal = Terminal::run(&games, &["watch", nobody]);
    terminal.until_shown("error: no account at");
    assert_eq!(terminal.child.wait().unwrap().exit_code(), 2);
    assert!(!terminal.parser.screen().alternate_screen());
}
