//! A block of ports that no other run on this machine takes at the same time.

use crate::random::Random;
use anyhow::{Context, Result};
use gradual_consensus_devkit::validator::Ports;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Below those that systems hand out by themselves.
const FIRST: u16 = 20_000;
const BLOCKS: u16 = 240;
/// The first port is held, the last one is the dashboard's, the last but two the proxy's; at the next one after an RPC
/// clients look for subscriptions, which the proxy has none of.
const SIZE: u16 = Ports::COUNT + 4;

/// A block of ports.
#[derive(Debug)]
pub struct Block {
    first: u16,
    /// As long as it is bound, the block is taken.
    _held: TcpListener,
}

impl Block {
    /// Takes a block that is free.
    pub fn take(random: &mut Random) -> Result<Self> {
        let start = random.below(BLOCKS.into());
        (0..u64::from(BLOCKS))
            .find_map(|number| {
                let block = u16::try_from((start + number) % u64::from(BLOCKS)).ok()?;
                let first = FIRST + block * SIZE;
                let held = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).ok()?;
                let free = (first + 1..first + SIZE).all(is_free);
                free.then_some(Self { first, _held: held })
            })
            .context("no 38 ports in a row are free from 20000 on: end what holds them")
    }

    /// The validator's part of it.
    pub const fn validator(&self) -> Ports {
        Ports::starting_at(self.first + 1)
    }

    /// The proxy's.
    pub const fn proxy(&self) -> u16 {
        self.first + SIZE - 3
    }

    /// The dashboard's.
    pub const fn dashboard(&self) -> u16 {
        self.first + SIZE - 1
    }
}

fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_runs_of_one_seed_take_different_ports() {
        let take = || Block::take(&mut Random::new(1, "ports")).unwrap();
        let (one, other) = (take(), take());
        assert!(one.first.abs_diff(other.first) >= SIZE);
        const { assert!(FIRST as u32 + BLOCKS as u32 * SIZE as u32 <= 32_768) };
    }
}
