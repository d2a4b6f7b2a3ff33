//! A world, a server on a port of its own, and a browser that looks at it.

use super::{chrome::Chrome, kept::Kept, play};
use anyhow::Result;
use gradual_consensus_dashboard::{
    desk::{Desk, Reader},
    history::History,
    server::{Hosts, Server, router},
};
use gradual_consensus_testkit::{World, bank::Bank, suite::stages::CYCLE};
use solana_sdk::pubkey::Pubkey;
use std::sync::Arc;

/// A world that a browser looks at.
pub struct Stage<'a> {
    world: &'a World,
    desk: Arc<Desk>,
    reader: Reader<&'a Bank, &'a Kept>,
    server: Server,
    /// The browser.
    pub chrome: Chrome,
}

impl<'a> Stage<'a> {
    /// Looks at `world` with a browser that has no page open yet.
    pub fn of(world: &'a World, kept: &'a Kept) -> Result<Self> {
        let desk = Desk::new(History::in_memory()?);
        desk.want(world.task_address());
        let address = ([127, 0, 0, 1], 0).into();
        let mut stage = Self {
            world,
            reader: Reader::new(&world.bank, kept, Arc::clone(&desk)),
            server: Server::start(address, router(Arc::clone(&desk), Hosts::default()))?,
            desk,
            chrome: Chrome::start()?,
        };
        stage.look();
        Ok(stage)
    }

    /// Reads what has changed, as the command does several times a second.
    pub fn look(&mut self) {
        self.desk.want(self.world.task_address());
        assert!(self.reader.step(), "something is new");
    }

    /// Reads another task as well, as for somebody who looks at it.
    pub fn want(&mut self, task: Pubkey) {
        self.desk.want(task);
        self.look();
    }

    /// Where the server is.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The path of something of the world's task.
    pub fn of_task(&self, rest: &str) -> String {
        format!("/task/{}{rest}", self.world.task_address())
    }

    /// Opens the page at `path`.
    pub fn open(&self, path: &str) -> Result<()> {
        self.chrome.open(&format!("{}{path}", self.url()))
    }

    /// Every page that there is.
    pub fn pages(&self) -> Vec<String> {
        let node = self.world.nodes[3].pubkey();
        let audited = self.world.submission_address(3, CYCLE);
        vec![
            "/".into(),
            self.of_task(""),
            self.of_task("/nodes"),
            self.of_task(&format!("/node/{node}")),
            self.of_task("/cycle/1"),
            self.of_task(&format!("/audit/{audited}")),
            self.of_task("/books"),
            "/config".into(),
        ]
    }
}

/// What to do with every page while an audit is open, and again once its cycle is paid.
pub fn at_two_stages(see: impl Fn(&Stage, &str) -> Result<()>) -> Result<()> {
    let (world, kept) = (play::active(), Kept::default());
    play::challenge(&world, &kept);
    let mut stage = Stage::of(&world, &kept)?;
    for path in stage.pages() {
        see(&stage, &path)?;
    }
    play::pay(&world, &kept);
    stage.look();
    for path in stage.pages() {
        see(&stage, &path)?;
    }
    Ok(())
}
