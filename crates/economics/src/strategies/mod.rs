//! The strategies, one struct a kind, and the rows of the table that they make.

mod challenges;
mod funding;
mod garbage;
mod lists;
mod parking;
mod whales;

use crate::{scene::Scene, strategy::Strategy};
use challenges::{Challenge, Target};
use funding::{Dust, OpenAlone, Underfund};
use garbage::{Garbage, Help};
use lists::{FailLists, FalseLists, Kind, OutvoteLists};
use parking::Park;
use whales::Whale;

/// One row of the table.
pub struct Row {
    /// What the attacker does.
    pub name: &'static str,
    /// Where.
    pub scene: Scene,
    /// How.
    pub strategy: Box<dyn Strategy>,
    /// Why it may pay, where it does: a rule that the protocol has, and says so.
    pub known: Option<&'static str>,
}

fn row(name: &'static str, scene: Scene, strategy: impl Strategy + 'static) -> Row {
    Row {
        name,
        scene,
        strategy: Box::new(strategy),
        known: None,
    }
}

const PLAIN: Scene = Scene {
    swarm: false,
    big_author: false,
    per_node: false,
    unequal: false,
    by_list: false,
    manager: false,
    late: false,
    quiet: false,
    leaving: false,
    late_bounty: false,
    slow_work: false,
};
const SWARM: Scene = Scene {
    swarm: true,
    ..PLAIN
};
const PER_NODE: Scene = Scene {
    per_node: true,
    ..PLAIN
};
const MANAGER: Scene = Scene {
    manager: true,
    ..PLAIN
};
const BY_LIST: Scene = Scene {
    unequal: true,
    by_list: true,
    ..PLAIN
};
const BY_LIST_MANAGER: Scene = Scene {
    manager: true,
    ..BY_LIST
};

/// All rows, in the table's order.
pub fn rows() -> Vec<Row> {
    [work(), lists(), challenges(), governance(), time()]
        .into_iter()
        .flatten()
        .collect()
}

fn work() -> Vec<Row> {
    let garbage = |help| Garbage {
        help,
        everywhere: false,
    };
    let everywhere = Garbage {
        help: Help::None,
        everywhere: true,
    };
    vec![
        row("garbage in one node", PLAIN, garbage(Help::None)),
        row(
            "garbage, an accomplice challenges it first",
            PLAIN,
            garbage(Help::Challenge),
        ),
        row(
            "garbage, accomplices defend it",
            PLAIN,
            garbage(Help::Defend),
        ),
        row("garbage in every node", SWARM, everywhere),
    ]
}

fn lists() -> Vec<Row> {
    let list = |kind, help| FalseLists {
        kind,
        help,
        fill_limit: false,
    };
    let filled = FalseLists {
        fill_limit: true,
        ..list(Kind::Overpaying, Help::Defend)
    };
    vec![
        row(
            "an overpaying list",
            PLAIN,
            list(Kind::Overpaying, Help::Defend),
        ),
        row(
            "an overpaying list, an accomplice challenges it first",
            PLAIN,
            list(Kind::Overpaying, Help::Challenge),
        ),
        row(
            "a list that leaves one honest node out",
            PLAIN,
            list(Kind::Excluding, Help::Defend),
        ),
        row(
            "a list that nobody is shown",
            PLAIN,
            list(Kind::Withheld, Help::Defend),
        ),
        row(
            "an overpaying list, after garbage that fills the limits of challenges",
            SWARM,
            filled,
        ),
        row(
            "every attempt fails by false lists",
            PLAIN,
            FailLists { stops: false },
        ),
        row(
            "every right list is challenged and voted down",
            PLAIN,
            OutvoteLists,
        ),
        row(
            "leaving early and listing late",
            Scene {
                leaving: true,
                ..PLAIN
            },
            list(Kind::Withheld, Help::Defend),
        ),
        row(
            "where pay differs: every attempt fails by false lists",
            BY_LIST,
            FailLists { stops: false },
        ),
        row(
            "where pay differs: every right list is voted down",
            BY_LIST,
            OutvoteLists,
        ),
        row(
            "where pay differs, and the term says equal: every right list is voted down",
            Scene {
                by_list: false,
                ..BY_LIST
            },
            OutvoteLists,
        ),
    ]
}

fn challenges() -> Vec<Row> {
    let one = Challenge {
        target: Target::One,
        from_all: false,
        join: false,
    };
    let all = |from_all| Challenge {
        target: Target::All,
        from_all,
        join: true,
    };
    let big = Challenge {
        target: Target::Big,
        from_all: true,
        join: true,
    };
    vec![
        row("one false challenge", PLAIN, one),
        row("everything challenged from one node", PLAIN, all(false)),
        row("everything challenged from many nodes", SWARM, all(true)),
        row(
            "one vote a node: everything challenged from one node",
            PER_NODE,
            all(false),
        ),
        row(
            "one vote a node: everything challenged from every node",
            PER_NODE,
            all(true),
        ),
        row(
            "a big honest author challenged",
            Scene {
                big_author: true,
                ..PLAIN
            },
            big,
        ),
    ]
}

fn governance() -> Vec<Row> {
    vec![
        row(
            "the manager fails every attempt by its own nodes' false lists",
            MANAGER,
            FailLists { stops: false },
        ),
        row(
            "admin and manager do, and pause and deactivate",
            MANAGER,
            FailLists { stops: true },
        ),
        row(
            "the manager votes every right list down",
            MANAGER,
            OutvoteLists,
        ),
        Row {
            known: Some(BY_LIST_MANAGERS),
            ..row(
                "where pay differs: the manager fails every attempt by false lists",
                BY_LIST_MANAGER,
                FailLists { stops: false },
            )
        },
        row(
            "where pay differs: the manager votes every right list down",
            BY_LIST_MANAGER,
            OutvoteLists,
        ),
        row(
            "the manager pays short, by its node's lists",
            MANAGER,
            FalseLists {
                kind: Kind::Short,
                help: Help::Defend,
                fill_limit: false,
            },
        ),
        row("the manager funds every other cycle", MANAGER, Underfund),
        row("dust for a bounty", MANAGER, Dust),
    ]
}

fn time() -> Vec<Row> {
    let late = Scene {
        late: true,
        ..PLAIN
    };
    let late_bounty = Scene {
        late_bounty: true,
        ..PLAIN
    };
    let quiet = Scene {
        quiet: true,
        ..PLAIN
    };
    vec![
        row(
            "a late whale",
            late,
            Whale {
                by_predecessor: false,
            },
        ),
        row(
            "a late whale, through a predecessor",
            late,
            Whale {
                by_predecessor: true,
            },
        ),
        row(
            "honest nodes parked in a quiet time, then everything challenged and a false list",
            quiet,
            Park {
                after_challenge: false,
            },
        ),
        row(
            "the same, parked after the challenge",
            quiet,
            Park {
                after_challenge: true,
            },
        ),
        row("opening late and alone", late_bounty, OpenAlone),
        row(
            "the same, where work takes a whole round",
            Scene {
                slow_work: true,
                ..late_bounty
            },
            OpenAlone,
        ),
    ]
}

/// Of managers where pay differs.
const BY_LIST_MANAGERS: &str = "without equal shares, a cycle that fails is paid to nobody, and the manager has had \
    its work: section 8. Nodes must trust the manager of such a task, or ask for a bounty below the price";
