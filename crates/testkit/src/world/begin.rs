//! How a world begins on a bank.

use super::{BOUNTY, STAKE, World};
use crate::{
    bank::Bank,
    builds::Build,
    people::{LAMPORTS, Person, WALLET, config_manager, key, settle, upgrade_authority},
    terms::{self, NewTask, default_params},
};
use gradual_consensus::TaskParams;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
};
use spl_token_interface::native_mint;

/// What a task may pay and stake in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Money {
    /// A mint of the SPL Token program.
    SplToken,
    /// A mint of Token-2022.
    Token2022,
    /// SOL, wrapped.
    WrappedSol,
}

impl Money {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::SplToken, Self::Token2022, Self::WrappedSol];

    fn token_program(self) -> Pubkey {
        match self {
            Self::Token2022 => spl_token_2022_interface::ID,
            Self::SplToken | Self::WrappedSol => spl_token_interface::ID,
        }
    }

    fn mint(self) -> (Pubkey, u8) {
        match self {
            Self::WrappedSol => (native_mint::ID, native_mint::DECIMALS),
            Self::SplToken | Self::Token2022 => (key("mint", 0).pubkey(), 6),
        }
    }
}

/// How a world is to begin.
pub struct WorldBuilder {
    build: Build,
    money: Money,
    params: TaskParams,
    stakes: Vec<u64>,
    bounty: u64,
}

impl WorldBuilder {
    /// Changes the task's terms.
    pub fn params(mut self, change: impl FnOnce(&mut TaskParams)) -> Self {
        change(&mut self.params);
        self
    }

    /// What the task pays and stakes in; the default is a mint of the SPL Token program.
    pub fn money(mut self, money: Money) -> Self {
        self.money = money;
        self
    }

    /// One node for each of these stakes; 0 is a node with a wallet that has not staked. The default
    /// is four nodes that stake [`STAKE`] each.
    pub fn stakes(mut self, stakes: &[u64]) -> Self {
        self.stakes = stakes.to_vec();
        self
    }

    /// What the task is funded with; 0 for nothing.
    pub fn bounty(mut self, bounty: u64) -> Self {
        self.bounty = bounty;
        self
    }

    /// Creates the task, funds it, and stakes for every node in round 0.
    pub fn start(self) -> World<Bank> {
        let bank = Bank::new(1, &self.build);
        let (token_program, (mint, decimals)) = (self.money.token_program(), self.money.mint());
        let manager_key = key("manager", 0);
        bank.create_mint_of(&token_program, &mint, &manager_key.pubkey(), decimals);
        let manager = person(&bank, &mint, manager_key);
        for key in [upgrade_authority(), config_manager(0), config_manager(1)] {
            bank.airdrop(&key.pubkey(), LAMPORTS);
        }
        bank.initialize_config(&upgrade_authority(), config_manager(0).pubkey())
            .unwrap();
        let nodes = (0u8..)
            .zip(&self.stakes)
            .map(|(number, _)| person(&bank, &mint, key("node", number)))
            .collect();
        let task = NewTask {
            creator: manager.pubkey(),
            task_id: 1,
            mint,
            token_program,
            params: self.params,
            texts: terms::named("test"),
        };
        let world = World {
            bank,
            tokens: task.tokens(),
            params: self.params,
            manager,
            nodes,
        };
        world.crank(task.create()).unwrap();
        if self.bounty > 0 {
            world.fund(self.bounty).unwrap();
        }
        world.warp_to(self.params.starting_slot);
        for (node, &stake) in self.stakes.iter().enumerate() {
            if stake > 0 {
                world.stake(node, stake).unwrap();
            }
        }
        world
    }

    /// As [`Self::start`]; in round 1 the first node that has staked opens cycle 1, where the task is
    /// funded. Warps to round 2, in which those stakes are active: cycle 1 is under review.
    pub fn start_active(self) -> World<Bank> {
        let opener = self.stakes.iter().position(|&stake| stake > 0);
        let is_funded = self.bounty >= self.params.bounty_amount_per_round;
        let world = self.start();
        world.warp_to_round(1);
        if let (Some(node), true) = (opener, is_funded) {
            world.open_cycle(node, 1).unwrap();
        }
        world.warp_to_round(2);
        world
    }
}

impl World<Bank> {
    /// A world to be, on `build` of the program.
    pub fn on(build: Build) -> WorldBuilder {
        WorldBuilder {
            build,
            money: Money::SplToken,
            params: default_params(),
            stakes: vec![STAKE; 4],
            bounty: BOUNTY,
        }
    }
}

fn person(bank: &Bank, mint: &Pubkey, keypair: Keypair) -> Person {
    let wallet = settle(bank, mint, keypair.pubkey(), WALLET).wallet;
    Person { keypair, wallet }
}
