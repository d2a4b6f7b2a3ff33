//! Many nodes in one process: each is a [`daemon`](crate::daemon) in a thread of its own, and the set of
//! them changes while the process runs.
//!
//! [`Fleet::apply`] takes the nodes that are wanted. New ones start; one that changed is stopped after the
//! transaction in flight and starts again as it is now; one that is not wanted any more [leaves](Seat::leave):
//! it takes no more cycles, and goes on with its audits, lists and payouts until nothing of it is left that
//! could be lost. A thread that panics is started again after a pause.

mod board;
mod changes;
mod seat;

pub use board::Board;
pub use changes::{Changes, changes};
pub use seat::{Seat, play};

use crate::{
    daemon::{End, Metrics},
    runner::TaskCache,
};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tracing::{error, info, warn};

/// The pause before a thread that panicked is started again.
const AFTER_PANIC: Duration = Duration::from_secs(10);

/// Which node, in which task: a key plays once in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// The task.
    pub task: Pubkey,
    /// The node.
    pub node: Pubkey,
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} in task {}", self.node, self.task)
    }
}

/// How a node's thread ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As a node ends.
    Ended(End),
    /// It could not go on: why.
    Failed(String),
    /// It panicked.
    Panicked,
}

/// What plays one node until its seat is told to stop.
type Play<S> = dyn Fn(&S, &Seat) -> Result<End, String> + Send + Sync;

/// What becomes of a node when its thread ends.
enum Next<S> {
    /// As the thread ended.
    Stay,
    /// It is played like this.
    Restart(S),
    /// It is not wanted any more.
    Leave,
    /// It is not wanted any more, but was told to stop before: it is played like this, and leaves.
    RestartToLeave(S),
}

/// A node to start.
struct Waiting<S> {
    when: Instant,
    spec: S,
    /// It leaves as soon as it plays.
    leaves: bool,
}

struct Running<S> {
    spec: S,
    seat: Arc<Seat>,
    thread: JoinHandle<()>,
    next: Next<S>,
}

/// Many nodes in one process; `S` says how one of them is to be played.
pub struct Fleet<S> {
    play: Arc<Play<S>>,
    board: Arc<Board>,
    stale_after: Duration,
    running: BTreeMap<NodeId, Running<S>>,
    /// Nodes to start again.
    waiting: BTreeMap<NodeId, Waiting<S>>,
    /// What nodes of one task share.
    caches: BTreeMap<Pubkey, TaskCache>,
    is_stopping: bool,
    ended: Receiver<(NodeId, Outcome)>,
    end: Sender<(NodeId, Outcome)>,
}

impl<S: Clone + PartialEq + Send + 'static> Fleet<S> {
    /// An empty fleet, whose metrics are shown on `board`. `play` plays one node, in a thread of its own.
    pub fn new(
        board: Arc<Board>,
        stale_after: Duration,
        play: impl Fn(&S, &Seat) -> Result<End, String> + Send + Sync + 'static,
    ) -> Self {
        let (end, ended) = channel();
        Self {
            play: Arc::new(play),
            board,
            stale_after,
            running: BTreeMap::new(),
            waiting: BTreeMap::new(),
            caches: BTreeMap::new(),
            is_stopping: false,
            ended,
            end,
        }
    }

    /// Plays the nodes that are `wanted`, and no others.
    pub fn apply(&mut self, wanted: &BTreeMap<NodeId, S>) -> Changes {
        let present = self.present();
        let changes = changes(&present, wanted);
        for id in &changes.start {
            if let Some(spec) = wanted.get(id) {
                self.waiting.remove(id);
                self.start(*id, spec.clone());
            }
        }
        for id in &changes.restart {
            let Some(spec) = wanted.get(id) else { continue };
            match self.running.get_mut(id) {
                Some(running) => {
                    running.next = Next::Restart(spec.clone());
                    running.seat.stop();
                }
                None => {
                    self.waiting.remove(id);
                    self.start(*id, spec.clone());
                }
            }
        }
        for id in &changes.leave {
            self.leave(id);
        }
        changes
    }

    /// Lets a node leave: now, or once it plays again.
    fn leave(&mut self, id: &NodeId) {
        if let Some(waiting) = self.waiting.get_mut(id) {
            waiting.leaves = true;
        }
        if let Some(running) = self.running.get_mut(id) {
            running.next = match std::mem::replace(&mut running.next, Next::Leave) {
                // It was told to stop, and does not settle what is open.
                Next::Restart(spec) | Next::RestartToLeave(spec) => Next::RestartToLeave(spec),
                Next::Stay | Next::Leave => Next::Leave,
            };
            running.seat.leave();
        }
    }

    /// How each node is played, or will be; those that leave are not among them.
    fn present(&self) -> BTreeMap<NodeId, S> {
        let running = self.running.iter();
        let running = running.filter_map(|(id, running)| match &running.next {
            Next::Stay => Some((*id, running.spec.clone())),
            Next::Restart(spec) => Some((*id, spec.clone())),
            Next::Leave | Next::RestartToLeave(_) => None,
        });
        let waiting = self.waiting.iter().filter(|(_, waiting)| !waiting.leaves);
        running
            .chain(waiting.map(|(id, waiting)| (*id, waiting.spec.clone())))
            .collect()
    }

    fn start(&mut self, id: NodeId, spec: S) {
        if let Some(running) = self.running.get_mut(&id) {
            // It is leaving, and wanted again: it plays once the thread that leaves has ended.
            running.next = Next::Restart(spec);
            running.seat.stop();
            return;
        }
        let metrics = Arc::new(Metrics::new(&id.task, &id.node, self.stale_after));
        self.caches.retain(|_, cache| cache.is_shared());
        let cache = self.caches.entry(id.task).or_default().clone();
        let seat = Arc::new(Seat::new(Arc::clone(&metrics)).sharing(cache));
        let (play, end) = (Arc::clone(&self.play), self.end.clone());
        let (thread_spec, thread_seat) = (spec.clone(), Arc::clone(&seat));
        let name = id.node.to_string().chars().take(15).collect();
        let thread = thread::Builder::new().name(name).spawn(move || {
            // A panic leaves nothing behind that another thread uses but metrics.
            let played = catch_unwind(AssertUnwindSafe(|| play(&thread_spec, &thread_seat)));
            let outcome = match played {
                Ok(Ok(ended)) => Outcome::Ended(ended),
                Ok(Err(said)) => Outcome::Failed(said),
                Err(_) => Outcome::Panicked,
            };
            // Nobody hears it if the process is ending.
            let _heard = end.send((id, outcome));
        });
        match thread {
            Ok(thread) => {
                self.board.show(id, metrics);
                let running = Running {
                    spec,
                    seat,
                    thread,
                    next: Next::Stay,
                };
                self.running.insert(id, running);
            }
            Err(said) => {
                error!(%id, error = %said, "the node's thread could not be started: it is tried again");
                self.start_later(id, spec, false);
            }
        }
    }

    /// Starts a node after a pause; if it `leaves` it does so then.
    fn start_later(&mut self, id: NodeId, spec: S, leaves: bool) {
        let when = Instant::now() + AFTER_PANIC;
        self.waiting.insert(id, Waiting { when, spec, leaves });
    }

    /// Waits until a node's thread ends, for `patience` at most, and does what is to be done then. Returns
    /// the node and how it ended, if it is done with.
    pub fn wait(&mut self, patience: Duration) -> Option<(NodeId, Outcome)> {
        self.start_those_that_waited(Instant::now());
        match self.ended.recv_timeout(patience) {
            Ok((id, outcome)) => self.end_of(id, outcome),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => None,
        }
    }

    fn start_those_that_waited(&mut self, now: Instant) {
        let due: Vec<NodeId> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.when <= now)
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if let Some(waiting) = self.waiting.remove(&id) {
                self.start(id, waiting.spec);
                if waiting.leaves {
                    self.leave(&id);
                }
            }
        }
    }

    fn end_of(&mut self, id: NodeId, outcome: Outcome) -> Option<(NodeId, Outcome)> {
        let running = self.running.remove(&id)?;
        // It told its end as the last thing that it did.
        let _joined = running.thread.join();
        self.board.hide(&id);
        match (running.next, &outcome) {
            _ if self.is_stopping => Some((id, outcome)),
            (Next::Restart(spec), _) => {
                info!(%id, "the node starts again, as the file says now");
                self.start(id, spec);
                None
            }
            (Next::Stay, Outcome::Panicked) => {
                let seconds = AFTER_PANIC.as_secs();
                error!(%id, seconds, "the node's thread broke off: it starts again after a pause");
                self.start_later(id, running.spec, false);
                None
            }
            (Next::RestartToLeave(spec), _) => {
                self.start(id, spec);
                self.leave(&id);
                None
            }
            (Next::Leave, Outcome::Panicked) => {
                let seconds = AFTER_PANIC.as_secs();
                error!(%id, seconds, "the node's thread broke off while it left: it leaves on after a pause");
                self.start_later(id, running.spec, true);
                None
            }
            (Next::Leave, Outcome::Failed(said)) => {
                warn!(%id, error = %said, "the node could not leave in order: play it until nothing of it is open");
                Some((id, outcome))
            }
            (Next::Leave, Outcome::Ended(_)) => {
                info!(%id, "the node has left: nothing of it is left to lose");
                Some((id, outcome))
            }
            (Next::Stay, Outcome::Failed(said)) => {
                warn!(%id, error = %said, "the node cannot be played: it is left out");
                Some((id, outcome))
            }
            (Next::Stay, _) => Some((id, outcome)),
        }
    }

    /// Tells every node to stop after its transaction in flight.
    pub fn stop(&mut self) {
        self.is_stopping = true;
        self.waiting.clear();
        for running in self.running.values() {
            running.seat.stop();
        }
    }

    /// Whether no node is left, neither playing nor waiting.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// The longest that a thread has given no sign of life.
    pub fn longest_silence(&self) -> Duration {
        let silences = self.running.values().map(|running| running.seat.silence());
        silences.max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Mutex, atomic::AtomicU32};

    fn id(number: u8) -> NodeId {
        NodeId {
            task: Pubkey::new_from_array([1; 32]),
            node: Pubkey::new_from_array([number; 32]),
        }
    }

    const PATIENT: Duration = Duration::from_secs(60);

    /// What the players did, in order.
    type Story = Arc<Mutex<Vec<String>>>;

    /// A fleet whose nodes are played by doing nothing until they are told to stop, or to leave.
    fn fleet(story: &Story) -> Fleet<u32> {
        let story = Arc::clone(story);
        Fleet::new(Arc::default(), PATIENT, move |spec: &u32, seat| {
            let tell = |what: &str| story.lock().unwrap().push(format!("{what} {spec}"));
            tell("begins");
            match spec {
                7 => Err("no such task".into()),
                8 => Ok(End::TaskGone),
                _ => {
                    seat.wait_until_told();
                    tell(if seat.is_leaving() { "leaves" } else { "stops" });
                    Ok(End::Stopped)
                }
            }
        })
    }

    fn wanted(nodes: &[(u8, u32)]) -> BTreeMap<NodeId, u32> {
        nodes.iter().map(|&(node, spec)| (id(node), spec)).collect()
    }

    fn wait_for(fleet: &mut Fleet<u32>, story: &Story, what: &str) {
        let begun = Instant::now();
        while !story.lock().unwrap().iter().any(|told| told == what) {
            fleet.wait(Duration::from_millis(1));
            assert!(begun.elapsed() < PATIENT, "{what}: {story:?}");
        }
    }

    #[test]
    fn nodes_come_change_and_go_while_the_others_play_on() {
        let story = Story::default();
        let mut fleet = fleet(&story);
        fleet.apply(&wanted(&[(1, 10), (2, 20), (3, 30)]));
        for begun in ["begins 10", "begins 20", "begins 30"] {
            wait_for(&mut fleet, &story, begun);
        }
        let changes = fleet.apply(&wanted(&[(1, 10), (2, 21), (4, 40)]));
        assert_eq!(changes.keep, [id(1)]);
        for told in ["stops 20", "begins 21", "leaves 30", "begins 40"] {
            wait_for(&mut fleet, &story, told);
        }
        fleet.stop();
        while !fleet.is_empty() {
            fleet.wait(PATIENT);
        }
        let mut told = story.lock().unwrap().clone();
        told.sort();
        let mut expected = vec![
            "begins 10",
            "begins 20",
            "begins 21",
            "begins 30",
            "begins 40",
            "leaves 30",
            "stops 10",
            "stops 20",
            "stops 21",
            "stops 40",
        ];
        expected.sort_unstable();
        assert_eq!(told, expected);
    }

    #[test]
    fn one_that_leaves_and_is_wanted_again_plays_again() {
        let story = Story::default();
        let mut fleet = fleet(&story);
        fleet.apply(&wanted(&[(1, 10)]));
        wait_for(&mut fleet, &story, "begins 10");
        fleet.apply(&wanted(&[]));
        assert_eq!(fleet.apply(&wanted(&[(1, 11)])).start, [id(1)]);
        wait_for(&mut fleet, &story, "begins 11");
    }

    #[test]
    fn one_that_cannot_be_played_is_told_and_tried_again_at_the_next_reading() {
        let story = Story::default();
        let mut fleet = fleet(&story);
        fleet.apply(&wanted(&[(1, 7)]));
        let ended = fleet.wait(PATIENT).unwrap();
        assert_eq!(ended, (id(1), Outcome::Failed("no such task".into())));
        assert!(fleet.is_empty());
        assert_eq!(fleet.apply(&wanted(&[(1, 7)])).start, [id(1)]);
        assert!(fleet.wait(PATIENT).is_some());
        fleet.apply(&wanted(&[(2, 8)]));
        assert_eq!(
            fleet.wait(PATIENT).unwrap().1,
            Outcome::Ended(End::TaskGone)
        );
    }

    #[test]
    fn a_thread_that_panics_is_started_again_after_a_pause() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        let mut fleet: Fleet<u32> = Fleet::new(Arc::default(), PATIENT, move |_, seat| {
            let first = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            // Without the panic's message among the tests' own.
            if first {
                std::panic::resume_unwind(Box::new("broken"));
            }
            seat.wait_until_told();
            Ok(End::Stopped)
        });
        fleet.apply(&wanted(&[(1, 1)]));
        assert_eq!(fleet.wait(PATIENT), None);
        assert!(!fleet.is_empty() && fleet.running.is_empty());
        fleet.start_those_that_waited(Instant::now() + AFTER_PANIC);
        assert!(fleet.waiting.is_empty() && fleet.running.len() == 1);
        fleet.stop();
        let ended = fleet.wait(PATIENT).unwrap();
        assert_eq!(ended.1, Outcome::Ended(End::Stopped));
        assert_eq!(begun.load(std::sync::atomic::Ordering::Relaxed), 2);
    }

    #[test]
    fn one_that_was_to_change_and_is_not_wanted_any_more_leaves_in_order() {
        let story = Story::default();
        let mut fleet = fleet(&story);
        fleet.apply(&wanted(&[(1, 10)]));
        wait_for(&mut fleet, &story, "begins 10");
        fleet.apply(&wanted(&[(1, 11)]));
        assert_eq!(fleet.apply(&wanted(&[])).leave, [id(1)]);
        // The first end is that of the one it was: it is played on.
        assert_eq!(fleet.wait(PATIENT), None);
        let (ended, outcome) = fleet.wait(PATIENT).unwrap();
        assert_eq!((ended, outcome), (id(1), Outcome::Ended(End::Stopped)));
        let told = story.lock().unwrap();
        assert_eq!(*told, ["begins 10", "stops 10", "begins 11", "leaves 11"]);
    }

    #[test]
    fn one_that_panics_while_it_leaves_leaves_on_after_a_pause() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        let mut fleet: Fleet<u32> = Fleet::new(Arc::default(), PATIENT, move |_, seat| {
            let first = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            seat.wait_until_told();
            assert!(seat.is_leaving(), "it is told to leave, and not to stop");
            if first {
                std::panic::resume_unwind(Box::new("broken"));
            }
            Ok(End::Left)
        });
        fleet.apply(&wanted(&[(1, 1)]));
        fleet.apply(&wanted(&[]));
        assert_eq!(fleet.wait(PATIENT), None, "it is not done with");
        assert!(!fleet.is_empty() && fleet.running.is_empty());
        fleet.start_those_that_waited(Instant::now() + AFTER_PANIC);
        let ended = fleet.wait(PATIENT).unwrap();
        assert_eq!(ended.1, Outcome::Ended(End::Left));
        assert_eq!(begun.load(std::sync::atomic::Ordering::Relaxed), 2);
    }

    #[test]
    fn one_that_waits_after_a_panic_and_is_not_wanted_any_more_still_leaves_in_order() {
        let begun = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&begun);
        let mut fleet: Fleet<u32> = Fleet::new(Arc::default(), PATIENT, move |_, seat| {
            if count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
                std::panic::resume_unwind(Box::new("broken"));
            }
            seat.wait_until_told();
            assert!(seat.is_leaving(), "it is told to leave, and not to stop");
            Ok(End::Left)
        });
        fleet.apply(&wanted(&[(1, 1)]));
        assert_eq!(fleet.wait(PATIENT), None);
        assert_eq!(fleet.apply(&wanted(&[])).leave, [id(1)]);
        assert!(!fleet.is_empty());
        fleet.start_those_that_waited(Instant::now() + AFTER_PANIC);
        let ended = fleet.wait(PATIENT).unwrap();
        assert_eq!(ended.1, Outcome::Ended(End::Left));
    }
}
