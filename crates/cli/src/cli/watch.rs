//! `gradual watch`.

use super::{Failure, Output, past::Past, session::Session, settings::Globals, signal};
use clap::Args as ClapArgs;
use gradual_consensus_client::rpc::RpcLedger;
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    screen::{self, Scene},
    snapshot::Snapshot,
};
use ratatui::{
    DefaultTerminal,
    crossterm::event::{self, Event, KeyCode, KeyModifiers},
};
use solana_sdk::{pubkey::Pubkey, signature::Signer};
use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Between two looks at the ledger.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longest wait for a key, before signals and what was read are seen.
const TICK: Duration = Duration::from_millis(100);

#[derive(ClapArgs)]
pub(super) struct Args {
    /// The task's address
    task: Pubkey,
    /// The node whose state is shown [default: the key, if there is one]
    #[arg(long, value_name = "ADDRESS")]
    node: Option<Pubkey>,
    #[command(flatten)]
    past: Past,
}

pub(super) fn run(args: &Args, globals: &Globals, output: Output) -> Result<(), Failure> {
    require_terminal(output)?;
    let session = Session::open(globals, output, false)?;
    session.task(args.task)?;
    let node = match args.node {
        Some(node) => Some(node),
        None => session
            .key_if_there(globals.names_key())?
            .map(Signer::pubkey),
    };
    let (history, _) = args.past.open(&session)?;
    let desk = Desk::new(history);
    let reading = read(session.ledger, args.task, Arc::clone(&desk));
    let stop = Arc::new(AtomicBool::new(false));
    signal::set_by_signals(&stop)?;
    let watch = Watch {
        desk: &desk,
        task: &args.task,
        node: node.as_ref(),
        reading: &reading,
        stop: &stop,
    };
    let mut screen = Screen::open()?;
    watch.show(&mut screen.0)
}

/// # Errors
/// Bad input: the screen cannot be drawn on what standard output is.
fn require_terminal(output: Output) -> Result<(), Failure> {
    let instead = "read gradual cycle show or gradual dashboard's /api instead";
    if output == Output::Json {
        return Err(Failure::Usage(format!(
            "watch draws a screen and has no JSON: {instead}"
        )));
    }
    if !io::stdout().is_terminal() {
        return Err(Failure::Usage(format!(
            "watch draws on a terminal, and standard output is none: {instead}"
        )));
    }
    Ok(())
}

/// Reads `task` for `desk` for as long as this process lives, beside the screen: an RPC may keep it waiting.
fn read(ledger: RpcLedger, task: Pubkey, desk: Arc<Desk>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = Reader::of_one(&ledger, &ledger, Arc::clone(&desk), task);
        loop {
            desk.want(task);
            reader.step();
            thread::sleep(LOOK_EVERY);
        }
    })
}

/// The terminal as a screen. It is as it was before once this is dropped, and where the process panics.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> Result<Self, Failure> {
        ratatui::try_init().map(Self).map_err(|error| {
            ratatui::restore();
            failed(&error)
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

fn failed(error: &io::Error) -> Failure {
    Failure::Failed(format!("the terminal: {error}"))
}

/// What is shown, and until when.
struct Watch<'a> {
    desk: &'a Desk,
    task: &'a Pubkey,
    node: Option<&'a Pubkey>,
    reading: &'a JoinHandle<()>,
    stop: &'a AtomicBool,
}

impl Watch<'_> {
    /// Draws what is new until a key or a signal ends it.
    fn show(&self, terminal: &mut DefaultTerminal) -> Result<(), Failure> {
        let mut shown = self.desk.snapshot();
        let mut scene = self.scene(&shown)?;
        let mut is_new = true;
        while !self.stop.load(Ordering::Relaxed) {
            if self.reading.is_finished() {
                return Err(Failure::Failed("the task is not read any more".into()));
            }
            let newest = self.desk.snapshot();
            if !Arc::ptr_eq(&newest, &shown) {
                scene = self.scene(&newest)?;
                shown = newest;
                is_new = true;
            }
            if is_new {
                terminal
                    .draw(|frame| screen::draw(frame, &scene))
                    .map_err(|error| failed(&error))?;
            }
            // Whatever the terminal tells, such as another size, is a reason to draw again.
            is_new = event::poll(TICK).map_err(|error| failed(&error))?;
            if is_new && ends(&event::read().map_err(|error| failed(&error))?) {
                break;
            }
        }
        Ok(())
    }

    fn scene(&self, snapshot: &Snapshot) -> Result<Scene, Failure> {
        let history = self.desk.history();
        Ok(Scene::of(snapshot, &history, self.task, self.node)?)
    }
}

/// Whether a key ends it: q, Esc, or ^C, which is a key like others while the screen is up.
fn ends(event: &Event) -> bool {
    let Some(key) = event.as_key_press_event() else {
        return false;
    };
    match key.code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => key.modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}
