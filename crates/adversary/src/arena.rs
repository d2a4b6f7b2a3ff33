//! People with wallets, and tasks, on one machine.

use crate::vm::{LAMPORTS, Refusal, Vm, upgrade_authority};
use gradual_consensus::{TaskParams, TaskTexts, rules::schedule::Schedule};
use gradual_consensus_client::{
    account::{self, Stored},
    address,
    books::Books,
    instruction::{self, TaskTokens},
};
use solana_sdk::{instruction::Instruction, pubkey::Pubkey};

/// A key with lamports and a token account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its key.
    pub key: Pubkey,
    /// Its token account.
    pub wallet: Pubkey,
}

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
    key(5, number)
}

impl Arena {
    /// People without a task; everybody begins with `wallet` base units.
    pub fn new(seed: u64, nodes: u8, wallet: u64) -> Self {
        let mut vm = Vm::new(seed);
        let mint = key(1, 0);
        vm.set_mint(mint, key(2, 0), None);
        let manager = person(&mut vm, mint, 3, 0, wallet);
        vm.give(config_manager(0), LAMPORTS);
        vm.give(config_manager(1), LAMPORTS);
        let authority = upgrade_authority();
        let initialize = instruction::initialize_config(authority, manager.key, config_manager(0));
        vm.run(&[initialize]).expect("a config");
        let nodes = (0..nodes)
            .map(|number| person(&mut vm, mint, 4, number, wallet))
            .collect();
        Self {
            vm,
            mint,
            manager,
            nodes,
            tasks: vec![],
            params: vec![],
        }
    }

    /// `create_task` by the manager.
    pub fn create_task_ix(&self, task_id: u64, params: TaskParams) -> Instruction {
        let texts = TaskTexts {
            name: "task".into(),
            ..TaskTexts::default()
        };
        let (creator, mint) = (self.manager.key, self.mint);
        instruction::create_task(
            creator,
            task_id,
            mint,
            spl_token_interface::ID,
            params,
            texts,
        )
    }

    /// Creates the next task.
    ///
    /// # Panics
    /// Where the program refuses it.
    pub fn create_task(&mut self, params: TaskParams) {
        let task_id = self.tasks.len() as u64 + 1;
        let create = self.create_task_ix(task_id, params);
        self.vm.run(&[create]).expect("a task");
        self.tasks.push(TaskTokens {
            task: address::task(&self.manager.key, task_id),
            mint: self.mint,
            token_program: spl_token_interface::ID,
        });
        self.params.push(params);
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

fn person(vm: &mut Vm, mint: Pubkey, kind: u8, number: u8, tokens: u64) -> Person {
    let key = key(kind, number);
    vm.give(key, LAMPORTS);
    let mut wallet = key.to_bytes();
    wallet[0] = 99;
    let wallet = Pubkey::new_from_array(wallet);
    vm.set_tokens(wallet, mint, key, tokens);
    Person { key, wallet }
}
