//! People with keys, who run commands on a chain in this process.

use super::{Home, assert_refused, chain::Chain};
use gradual_consensus_testkit::{
    Build, Money, World, config_manager,
    people::{key, upgrade_authority},
};
use solana_sdk::signature::Keypair;
use std::process::Output;

/// A chain with a task in SOL, and a home with everybody's keys: `manager`, `authority` (upgrade authority and
/// admin), `config-0`, `config-1`, and `node-0` and so on.
///
/// Round `k` begins at slot `100 + 100 k`; its submission window ends 40 slots later, its audit window 80 slots
/// later.
pub struct Games {
    pub home: Home,
    pub chain: Chain,
}

impl Games {
    /// A chain whose first `nodes` nodes have staked, at slot 100.
    pub fn new(name: &str, nodes: usize) -> Self {
        let games = Self {
            home: Home::new(name),
            chain: Chain::start(move || {
                World::on(Build::Native)
                    .money(Money::WrappedSol)
                    .params(|params| {
                        params.idle_rounds = 3;
                        params.equal_shares = true;
                    })
                    .stakes(&vec![1_000; nodes])
                    .start()
            }),
        };
        games.save("manager", &key("manager", 0));
        games.save("authority", &upgrade_authority());
        games.save("config-0", &config_manager(0));
        games.save("config-1", &config_manager(1));
        for node in 0..u8::try_from(nodes).unwrap() {
            games.save(&format!("node-{node}"), &key("node", node));
        }
        games
    }

    /// Writes a key file.
    pub fn save(&self, name: &str, key: &Keypair) {
        let text = serde_json::to_string(&key.to_bytes().to_vec()).unwrap();
        self.home.write(name, &text);
    }

    /// The path of a file in the home.
    pub fn path(&self, name: &str) -> String {
        self.home.0.join(name).to_str().unwrap().to_owned()
    }

    /// The task's address.
    pub fn task(&self) -> String {
        self.chain
            .with(|state| state.world.task_address().to_string())
    }

    /// Runs a command with somebody's key; `TASK` stands for the task, `HOME/` for the home.
    pub fn run(&self, key: &str, arguments: &str) -> Output {
        let key = self.path(key);
        let home = format!("{}/", self.home.0.display());
        let arguments = arguments
            .replace("TASK", &self.task())
            .replace("HOME/", &home);
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let before = ["-u", &self.chain.url, "-k", &key];
        self.home.run(&[&before[..], &words].concat())
    }

    /// Runs a command that is refused with exit code `code` and one line that has `expected` in it.
    #[track_caller]
    pub fn refuses(&self, key: &str, arguments: &str, code: i32, expected: &str) {
        let output = self.run(key, arguments);
        assert_refused(&output, code, expected);
    }
}
