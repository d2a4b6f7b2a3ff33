//! A cycle of the default world, played by hand.

#![allow(dead_code, reason = "each user uses a part of it")]

use crate::kept::Kept;
use gradual_consensus::TaskTexts;
use gradual_consensus_client::instruction;
use gradual_consensus_testkit::{
    Build, NewTask, World,
    suite::stages::{CYCLE, EVERYBODY, FIRST_ATTEMPT},
    terms,
};

/// Four nodes whose stake is active; cycle 1 is open.
pub fn active() -> World {
    World::on(Build::Native).start_active()
}

/// Everybody submits for cycle 1; node 0 challenges node 3, nodes 1 and 2 vote against it too.
pub fn challenge(world: &World, kept: &Kept) {
    for node in EVERYBODY {
        kept.keep(world.submit(node, CYCLE, b"proof"));
    }
    world.warp_to_audit(CYCLE + 1);
    let subject = world.submission_address(3, CYCLE);
    for node in [0, 1, 2] {
        kept.keep(world.audit(node, subject, false));
    }
}

/// Node 3 is slashed, and the others are paid equal shares by a list.
pub fn pay(world: &World, kept: &Kept) {
    world.warp_past_audit(CYCLE + 1);
    kept.keep(world.resolve(world.submission_address(3, CYCLE)));
    world.warp_to_round(FIRST_ATTEMPT);
    let mut entries = [(0, 3_333), (1, 3_333), (2, 3_333)];
    entries.sort_by_key(|(node, _)| world.nodes[*node].pubkey());
    let (proposer, slot) = world.first_proposer(&[0, 1, 2], CYCLE, 0);
    world.warp_to(slot);
    let proposal = world.proposal(CYCLE, &entries);
    kept.keep(world.act(proposer, world.propose_ix(proposer, CYCLE, 0, proposal)));
    world.warp_past_audit(FIRST_ATTEMPT);
    kept.keep(world.finalize(CYCLE, 0));
    for index in 0..3 {
        kept.keep(world.payout(CYCLE, 0, &entries, index));
    }
}

/// Every account of the cycle is closed.
pub fn close(world: &World, kept: &Kept) {
    let subject = world.submission_address(3, CYCLE);
    for node in [0, 1, 2] {
        kept.keep(world.close_vote(subject, node));
    }
    for node in EVERYBODY {
        kept.keep(world.close_subject(world.submission_address(node, CYCLE)));
    }
    kept.keep(world.close_subject(world.list_address(CYCLE, 0)));
    kept.keep(world.close_cycle(CYCLE));
}

/// A task whose texts attack whoever shows them, and a node whose endpoint does.
pub fn hostile() -> (World, solana_sdk::pubkey::Pubkey) {
    let world = World::on(Build::Native).start_active();
    let params = gradual_consensus::TaskParams {
        starting_slot: world.slot() + 1,
        ..world.params
    };
    let task = NewTask {
        creator: world.manager.pubkey(),
        task_id: 2,
        mint: world.tokens.mint,
        token_program: world.tokens.token_program,
        params,
        texts: TaskTexts {
            description: "\u{1b}[2J\u{1b}]0;gone\u{7}\u{202e}<img src=x onerror=alert(1)>".into(),
            metadata: "javascript:alert(1)".into(),
            ..terms::named("<script>x()</script>\u{1b}[2J")
        },
    };
    world.crank(task.create()).unwrap();
    let tokens = task.tokens();
    let node = &world.nodes[0];
    let endpoint = Some("https://a.example/\"><script>y()</script>".to_owned());
    let (key, wallet) = (node.pubkey(), node.wallet);
    let stake = instruction::stake(tokens, key, key, wallet, 500, endpoint);
    world.act(0, stake).unwrap();
    (world, tokens.task)
}
