//! People with wallets, and tasks, on one machine.

use crate::vm::{LAMPORTS, Refusal, Vm, upgrade_authority};
use gradual_consensus::{TaskParams, rules::schedule::Schedule};
use gradual_consensus_client::{
    account::{self, Stored},
    books::Books,
    instruction::{self, TaskTokens},
};
use gradual_consensus_testkit::{
    NewTask, Valid,
    people::{keyless, settle},
    terms,
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

pub use gradual_consensus_testkit::Party as Person;

/// A machine with one mint, a manager with tasks, and nodes.
#[derive(Clone)]
pub struct Arena {
    /// The machine.
    pub vm: Vm,
    /// The mint.
    pub mint: Pubkey,
    /// Creator and manager of every task.
    pub manager: Person,
    /// The nodes.
    pub nodes: Vec<Person>,
    /// The tasks, in the order of their creation.
    pub tasks: Vec<TaskTokens>,
    /// Their terms.
    pub params: Vec<TaskParams>,
}

/// Addresses that are the same in every run.
pub fn key(kind: u8, number: u8) -> Pubkey {
    let mut bytes = [kind; 32];
    bytes[31] = number;
    Pubkey::new_from_array(bytes)
}

/// A manager of the config: every arena begins with number 0.
pub fn config_manager(number: u8) -> Pubkey {
    keyless("config manager", number)
}

impl Arena {
    /// People without a task; everybody begins with `wallet` base units.
    pub fn new(seed: u64, nodes: u8, wallet: u64) -> Self {
        let mut vm = Vm::new(seed);
        let mint = keyless("mint", 0);
        vm.set_mint(mint, keyless("mint authority", 0), None);
        let person = |name, number| settle(&vm, &mint, keyless(name, number), wallet);
        let manager = person("manager", 0);
        let nodes = (0..nodes).map(|number| person("node", number)).collect();
        for number in 0..2 {
            vm.give(config_manager(number), LAMPORTS);
        }
        let authority = upgrade_authority();
        let initialize = instruction::initialize_config(authority, manager.key, config_manager(0));
        vm.run(&[initialize]).expect("a config");
        Self {
            vm,
            mint,
            manager,
            nodes,
            tasks: vec![],
            params: vec![],
        }
    }

    fn new_task(&self, task_id: u64, params: TaskParams) -> NewTask {
        NewTask {
            creator: self.manager.key,
            task_id,
            mint: self.mint,
            token_program: spl_token_interface::ID,
            params,
            texts: terms::named("task"),
        }
    }

    /// `create_task` by the manager.
    pub fn create_task_ix(&self, task_id: u64, params: TaskParams) -> Instruction {
        self.new_task(task_id, params).create()
    }

    /// Creates the next task.
    ///
    /// # Panics
    /// Where the program refuses it.
    pub fn create_task(&mut self, params: TaskParams) {
        let task = self.new_task(self.tasks.len() as u64 + 1, params);
        self.vm.run(&[task.create()]).expect("a task");
        self.tasks.push(task.tokens());
        self.params.push(params);
    }

    /// The valid instructions of task `number`, whose manager pays all rent.
    pub fn valid(&self, number: usize) -> Valid<'_, Vm> {
        Valid {
            ledger: &self.vm,
            tokens: self.tasks[number],
            manager: self.manager,
            nodes: self.nodes.clone(),
            payer: Some(self.manager.key),
        }
    }

    /// The task `number`'s schedule.
    pub fn schedule(&self, number: usize) -> Schedule {
        self.params[number].schedule(0).expect("a valid schedule")
    }

    /// The account at `address`, which must be a `T`.
    pub fn fetch<T: Stored>(&self, address: &Pubkey) -> T {
        account::fetch(&self.vm, address)
            .expect("a ledger")
            .expect("an account")
    }

    /// The account at `address`, if it is a `T`.
    pub fn find<T: Stored>(&self, address: &Pubkey) -> Option<T> {
        account::fetch(&self.vm, address).expect("a ledger")
    }

    /// The books of task `number`.
    pub fn books(&self, number: usize) -> Books {
        Books::read(&self.vm, &self.tasks[number].task)
            .expect("a ledger")
            .expect("a task")
    }

    /// Sends one transaction; the books of every task must balance afterwards.
    ///
    /// # Errors
    /// [`Refusal`]; nothing but fees has changed then.
    ///
    /// # Panics
    /// Where the books do not balance, or a refusal changed anything.
    pub fn run(&mut self, instructions: &[Instruction]) -> Result<(), Refusal> {
        let before = self.vm.named(instructions);
        let result = self.vm.run(instructions);
        if result.is_err() {
            assert!(
                before == self.vm.named(instructions),
                "a refused transaction changed something"
            );
        }
        for number in 0..self.tasks.len() {
            let books = Books::read(&self.vm, &self.tasks[number].task).expect("a ledger");
            let wrong = books.map(|books| books.violations());
            assert_eq!(wrong.unwrap_or_default(), Vec::<String>::new());
        }
        result
    }
}
