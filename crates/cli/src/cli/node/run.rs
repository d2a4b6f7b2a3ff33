//! `gradual node run`.

#[cfg(feature = "geyser")]
use super::geyser::Mirrors;
#[cfg(feature = "wasm")]
use super::named;
use super::{
    indexes::Pool,
    log::{self, LogArgs},
    logic::{Logic, state_folder},
    notify::Notifier,
    plan::{Cluster, Entry, Plan, Planned, Process},
};
#[cfg(feature = "wasm")]
use crate::cli::module::shelf::{Shelf, Shown};
use crate::cli::{
    Failure, Output, secret,
    session::find_while,
    settings::{Globals, Settings},
    signal::{stop_flag, unwatched},
};
use clap::Args as ClapArgs;
use gradual_consensus_client::{
    ledger::Ledger,
    rpc::{PriorityFee, Retry, RpcLedger, RpcOptions},
};
use gradual_consensus_node::{
    daemon::{self, End},
    external::host::NodeHost,
    failover::Failover,
    fleet::{self, Board, Fleet, Outcome, Seat},
    index::Indexes,
    logic::TaskLogic,
};
use signal_hook::{consts::SIGHUP, flag};
use solana_sdk::pubkey::Pubkey;
use std::{
    collections::BTreeMap,
    fmt::Display,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tracing::{error, info, info_span, warn};

/// Between two comparisons of several RPCs.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Between two looks for signals.
const PIECE: Duration = Duration::from_millis(50);
/// How long a process that is told to stop waits for what it sent before: it lands within seconds as a rule, and the next
/// start looks whether it has.
const LAST_PATIENCE: Duration = Duration::from_secs(3);
/// How long the last lines of the log may take.
const LOG_PATIENCE: Duration = Duration::from_secs(2);

#[derive(ClapArgs)]
pub(in crate::cli) struct RunArgs {
    #[command(flatten)]
    entry: Entry,
    /// Never propose a distribution list, not even when it is this node's turn
    #[arg(long)]
    no_propose: bool,
    #[command(flatten)]
    process: Process,
    #[command(flatten)]
    log: LogArgs,
}

/// Where the plan is read: from the command line, or from a file that may change.
struct Source {
    settings: Settings,
    url_is_named: bool,
    from: Origin,
}

enum Origin {
    Options {
        process: Process,
        entry: Box<Entry>,
        propose: bool,
    },
    File(PathBuf),
}

impl Source {
    fn of(args: &RunArgs, globals: &Globals) -> Result<Self, Failure> {
        let (settings, file) = globals.resolve_for_nodes()?;
        let from = match file {
            Some(file) if args.entry.is_empty() && !args.no_propose && args.process.is_empty() => {
                globals.require_file_alone(&file)?;
                Origin::File(file)
            }
            Some(file) => {
                let file = file.to_string_lossy();
                return Err(Failure::Usage(format!(
                    "{} says what to run: write it there, and leave the options out",
                    secret::shown(&file)
                )));
            }
            None if args.entry.task.is_none() => {
                return Err(Failure::Usage(
                    "name --task, or a file of nodes with --config FILE.toml (gradual node \
                     init makes one)"
                        .into(),
                ));
            }
            None => Origin::Options {
                process: args.process.clone(),
                entry: Box::new(args.entry.clone()),
                propose: !args.no_propose,
            },
        };
        Ok(Self {
            settings,
            url_is_named: globals.names_url(),
            from,
        })
    }

    const fn is_file(&self) -> bool {
        matches!(self.from, Origin::File(_))
    }

    fn read(&self) -> Result<Plan, Failure> {
        match &self.from {
            Origin::Options {
                process,
                entry,
                propose,
            } => Plan::of_one(&self.settings, process, entry, *propose),
            Origin::File(path) => Plan::read(path, &self.settings, self.url_is_named),
        }
    }
}

/// How one node of this process is played.
#[derive(Clone)]
struct Crewed {
    planned: Planned,
    cluster: Cluster,
    ledger: Arc<Failover<RpcLedger>>,
    /// What it plays on: that ledger, or a mirror on top of it.
    played_on: Arc<dyn Ledger + Send + Sync>,
    indexes: Indexes,
    /// Whether its log must say which node it is about.
    is_named: bool,
    /// The modules that this process serves.
    #[cfg(feature = "wasm")]
    shelf: Arc<Shelf>,
}

impl PartialEq for Crewed {
    fn eq(&self, other: &Self) -> bool {
        self.planned == other.planned && self.cluster == other.cluster
    }
}

impl Crewed {
    fn play(&self, seat: &Seat) -> Result<End, String> {
        let (planned, id) = (&self.planned, self.planned.id());
        let span = if self.is_named {
            info_span!("node", task = %id.task, node = %id.node)
        } else {
            tracing::Span::none()
        };
        let _entered = span.entered();
        // A task that was just created is waited for; whether there is none, the node finds out.
        if let Some(ledger) = self.ledger.trusted_ledger() {
            let goes_on = || !seat.is_told();
            let _found = find_while(ledger, &planned.task, goes_on, |what| info!("{what}"));
        }
        let Some((logic, _shown)) = self.logic(seat)? else {
            return Ok(End::Stopped);
        };
        tell_rights(&logic);
        let state = state_folder(&id.task, &id.node);
        // Who has no network has no use for the address, which may have a key in it.
        let rpc = self.cluster.rpcs.first();
        let rpc = rpc.filter(|_| logic.sandbox().is_none());
        let host = NodeHost::new(
            Arc::clone(&self.ledger),
            id.task,
            planned.key.keypair().insecure_clone(),
            rpc.map(|rpc| rpc.url.clone()),
            state.clone(),
        );
        let host = Some(Arc::new(host) as _);
        let is_module = matches!(logic, Logic::Wasm { .. });
        let mut logic = logic
            .played_by(id.node, &seat.stop_flag(), host, state)
            .map_err(Failure::said)?;
        if is_module {
            // It is greeted now, so that the log tells at the start what its work wants. One that does not answer is asked
            // again when there is something to do.
            let _answer = logic.list_input();
        }
        let (key, sleep) = (planned.key.keypair(), |pause| seat.sleep(pause));
        let node = (planned.task, key, &self.indexes);
        fleet::play(
            &self.played_on,
            node,
            &mut logic,
            &planned.settings,
            seat,
            sleep,
        )
        .map_err(|error| error.to_string())
    }

    /// The logic to play, and what serves its module to other nodes; `None` if the node is told to stop before its
    /// module is found.
    #[cfg(feature = "wasm")]
    fn logic(&self, seat: &Seat) -> Result<Option<(Logic, Option<Shown>)>, String> {
        let (id, mut logic) = (self.planned.id(), self.planned.logic.clone());
        if let Logic::Named {
            from,
            timeout,
            allow,
        } = &logic
        {
            let Some(file) = named::wait_for(&*self.ledger, &id, from, seat)? else {
                return Ok(None);
            };
            logic = Logic::Wasm {
                file,
                timeout: *timeout,
                allow: allow.clone(),
            };
        }
        let shown = match &logic {
            Logic::Wasm { file, .. } => {
                let shown = self.shelf.show(id, file.clone());
                Some(shown.map_err(|error| format!("{}: {error}", file.display()))?)
            }
            _ => None,
        };
        Ok(Some((logic, shown)))
    }

    #[cfg(not(feature = "wasm"))]
    fn logic(&self, _: &Seat) -> Result<Option<(Logic, ())>, String> {
        Ok(Some((self.planned.logic.clone(), ())))
    }
}

pub(super) fn run_node(args: &RunArgs, globals: &Globals, output: Output) -> Result<(), Failure> {
    if globals.dry_run {
        return Err(Failure::Usage(
            "a node sends transactions: leave --dry-run out".into(),
        ));
    }
    globals.require_unsigned("a node signs by itself")?;
    let source = Source::of(args, globals)?;
    let plan = source.read()?;
    let signals = Signals::watch(source.is_file())?;
    let board = Arc::new(Board::default());
    let log = log::start(&args.log, output)?;
    board.show_beside("log", Arc::new(log.clone()));
    let sailed = sail(source, plan, board, &signals);
    log.finish(LOG_PATIENCE);
    sailed
}

fn sail(source: Source, plan: Plan, board: Arc<Board>, signals: &Signals) -> Result<(), Failure> {
    if let Some(place) = &plan.metrics {
        let served = serve(place, &board)?;
        info!(address = %served, "metrics are served");
    }
    Crew::new(source, plan, board).sail(signals)
}

/// Serves the metrics at the first address of `place`, a host and a port, that is this machine's.
fn serve(place: &str, board: &Arc<Board>) -> Result<SocketAddr, Failure> {
    let refused = |why: &dyn Display| {
        let place = secret::shown(place);
        Failure::Usage(format!(
            "cannot serve metrics at {place}: {why}: use a host and a port of this machine, such as \
             localhost:9101"
        ))
    };
    let mut last = refused(&"the host has no address");
    for address in place.to_socket_addrs().map_err(|error| refused(&error))? {
        match daemon::serve(address, Arc::clone(board)) {
            Ok(served) => return Ok(served),
            Err(error) => last = refused(&error),
        }
    }
    Err(last)
}

/// The signals that a process of nodes knows.
struct Signals {
    stop: Arc<AtomicBool>,
    reload: Arc<AtomicBool>,
}

impl Signals {
    fn watch(reloads: bool) -> Result<Self, Failure> {
        let signals = Self {
            stop: stop_flag()?,
            reload: Arc::new(AtomicBool::new(false)),
        };
        if reloads {
            flag::register(SIGHUP, Arc::clone(&signals.reload))
                .map_err(|error| unwatched(&error))?;
        }
        Ok(signals)
    }
}

/// The nodes of this process.
struct Crew {
    source: Source,
    plan: Plan,
    board: Arc<Board>,
    fleet: Fleet<Crewed>,
    ledger: Arc<Failover<RpcLedger>>,
    #[cfg(feature = "geyser")]
    mirrors: Arc<Mirrors>,
    indexes: Pool,
    notifier: Notifier,
    #[cfg(feature = "wasm")]
    shelf: Arc<Shelf>,
}

impl Crew {
    fn new(source: Source, plan: Plan, board: Arc<Board>) -> Self {
        let ledger = ledger_of(&plan.cluster, &board);
        #[cfg(feature = "geyser")]
        let mirrors = mirrors_of(&plan.cluster, &board);
        let play = |crewed: &Crewed, seat: &Seat| crewed.play(seat);
        #[cfg(feature = "wasm")]
        let shelf = Arc::new(Shelf::default());
        #[cfg(feature = "wasm")]
        board.show_beside("modules", Arc::clone(&shelf) as _);
        Self {
            #[cfg(feature = "wasm")]
            shelf,
            #[cfg(feature = "geyser")]
            mirrors,
            fleet: Fleet::new(Arc::clone(&board), plan.stale_after, play),
            source,
            board,
            ledger,
            indexes: Pool::default(),
            notifier: Notifier::from_environment(longest_work(&plan)),
            plan,
        }
    }

    /// Plays until the process is told to stop. Nodes of the command line end it with their task; those of a file
    /// may come back when the file changes.
    fn sail(mut self, signals: &Signals) -> Result<(), Failure> {
        let crewed = self.crewed();
        self.fleet.apply(&crewed);
        self.notifier.say("READY=1");
        let (mut failed, mut is_stopping) = (None, false);
        loop {
            if signals.stop.load(Ordering::Relaxed) && !is_stopping {
                is_stopping = true;
                self.notifier.say("STOPPING=1");
                self.fleet.stop();
                let until = Instant::now() + LAST_PATIENCE;
                self.ledger
                    .ledgers()
                    .for_each(|ledger| ledger.stop_waiting_at(until));
            }
            if signals.reload.swap(false, Ordering::Relaxed) && !is_stopping {
                self.reload();
            }
            if self.fleet.is_empty() && (is_stopping || !self.source.is_file()) {
                break;
            }
            self.notifier.live(self.fleet.longest_silence());
            if let Some((id, outcome)) = self.fleet.wait(PIECE) {
                match outcome {
                    Outcome::Failed(said) => failed = Some(said),
                    Outcome::Panicked => failed = Some(format!("the thread of {id} broke off")),
                    Outcome::Ended(_) => {}
                }
                if self.fleet.is_empty() && self.source.is_file() && !is_stopping {
                    warn!(
                        "no node is left to play: change the file and send SIGHUP, or stop the process"
                    );
                }
            }
        }
        match failed {
            Some(said) if !self.source.is_file() => Err(Failure::Failed(said)),
            _ => Ok(()),
        }
    }

    fn crewed(&mut self) -> BTreeMap<fleet::NodeId, Crewed> {
        let played_on = self.plan.nodes.keys().map(|id| self.played_on(&id.task));
        let played_on: Vec<_> = played_on.collect();
        let nodes = self.plan.nodes.iter().zip(played_on);
        let crewed = nodes.map(|((id, planned), played_on)| {
            let crewed = Crewed {
                planned: planned.clone(),
                cluster: self.plan.cluster.clone(),
                ledger: Arc::clone(&self.ledger),
                played_on,
                indexes: self.indexes.at(&planned.indexes, &self.ledger),
                is_named: self.source.is_file(),
                #[cfg(feature = "wasm")]
                shelf: Arc::clone(&self.shelf),
            };
            (*id, crewed)
        });
        let crewed = crewed.collect();
        let indexes = Arc::new(self.indexes.all());
        self.board.show_beside("indexes", indexes);
        crewed
    }

    /// What nodes of `task` play on.
    #[cfg(feature = "geyser")]
    fn played_on(&self, task: &Pubkey) -> Arc<dyn Ledger + Send + Sync> {
        self.mirrors.of(*task, self.plan.nodes.keys(), &self.ledger)
    }

    #[cfg(not(feature = "geyser"))]
    fn played_on(&self, _: &Pubkey) -> Arc<dyn Ledger + Send + Sync> {
        Arc::clone(&self.ledger) as _
    }

    /// Reads the file again. One that is broken changes nothing.
    fn reload(&mut self) {
        let plan = match self.source.read() {
            Ok(plan) => plan,
            Err(failure) => {
                let said = failure.said();
                error!("the file is not taken, the nodes go on as they were: {said}");
                return;
            }
        };
        if plan.metrics != self.plan.metrics || plan.stale_after != self.plan.stale_after {
            warn!("metrics and stale_after change only when the process is started again");
        }
        if plan.cluster != self.plan.cluster {
            self.ledger = ledger_of(&plan.cluster, &self.board);
            #[cfg(feature = "geyser")]
            {
                self.mirrors = mirrors_of(&plan.cluster, &self.board);
            }
            self.indexes = Pool::default();
        }
        self.plan = plan;
        let crewed = self.crewed();
        let changes = self.fleet.apply(&crewed);
        info!(
            started = changes.start.len(),
            restarted = changes.restart.len(),
            leaving = changes.leave.len(),
            kept = changes.keep.len(),
            "the file was read again"
        );
        self.notifier.working_for(longest_work(&self.plan));
    }
}

/// The longest that a node's logic may keep its thread from giving a sign of life.
fn longest_work(plan: &Plan) -> Duration {
    let nodes = plan.nodes.values();
    let timeouts = nodes.map(|node| node.logic.longest_answer());
    timeouts.max().unwrap_or_default()
}

/// Tells what the program of the logic may do on this machine, if the logic is one.
fn tell_rights(logic: &Logic) {
    match logic {
        Logic::Exec {
            sandbox: Some(sandbox),
            ..
        } => {
            info!(folder = %sandbox.folder.display(), "the logic is a program in a sandbox");
        }
        Logic::Exec { .. } | Logic::K2 { .. } => warn!(
            "the logic is a program that runs with this node's rights: what the node may read, such as its key \
             file, the program may read too"
        ),
        Logic::Corpus { .. } | Logic::Wasm { .. } | Logic::Named { .. } => {}
    }
}

/// The mirrors of the cluster's geyser, with their metrics.
#[cfg(feature = "geyser")]
fn mirrors_of(cluster: &Cluster, board: &Board) -> Arc<Mirrors> {
    let mirrors = Arc::new(Mirrors::on(cluster));
    board.show_beside("geyser", Arc::clone(&mirrors) as _);
    mirrors
}

/// The cluster's RPCs as one ledger, compared from time to time by a thread that ends with it.
fn ledger_of(cluster: &Cluster, board: &Board) -> Arc<Failover<RpcLedger>> {
    let is_alone = cluster.rpcs.len() < 2;
    let of_a_node = RpcOptions::of_a_node();
    let retry = of_a_node.retry;
    let options = RpcOptions {
        commitment: cluster.commitment,
        priority_fee: cluster
            .price
            .map_or_else(PriorityFee::default, PriorityFee::Fixed),
        give_up_after: cluster.give_up_after,
        urgent_fee_cap: cluster.urgent_fee_cap,
        // Where there is another one, it is asked soon.
        retry: Retry {
            attempts: if is_alone { retry.attempts } else { 2 },
            ..retry
        },
        ..of_a_node
    };
    let mut names: Vec<String> = Vec::new();
    let ledgers = cluster.rpcs.iter().map(|rpc| {
        let ledger = RpcLedger::new(&rpc.url, options);
        let ledger = match &rpc.websocket {
            Some(websocket) => ledger.with_slots_from(websocket.clone()),
            None => ledger,
        };
        let place = ledger.place();
        // Without their keys, two addresses of one provider look the same.
        let same = names.iter().filter(|name| name.starts_with(&place)).count();
        let name = match same {
            0 => place,
            _ => format!("{place}#{}", same.saturating_add(1)),
        };
        names.push(name.clone());
        (name, ledger)
    });
    let ledgers: Vec<(String, RpcLedger)> = ledgers.collect();
    let ledger = Arc::new(Failover::new(ledgers, cluster.max_lag));
    board.show_beside("rpcs", Arc::clone(&ledger) as _);
    if !is_alone {
        let watched = Arc::downgrade(&ledger);
        thread::spawn(move || {
            while let Some(ledger) = watched.upgrade() {
                ledger.look();
                drop(ledger);
                thread::sleep(LOOK_EVERY);
            }
        });
    }
    ledger
}
