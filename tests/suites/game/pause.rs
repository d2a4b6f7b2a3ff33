//! A pause, in whatever phase of whatever cycle, strands nothing.

use gradual_consensus_node::runner::NodeRunner;
use gradual_consensus_testkit::{
    Build, Echo, Person, STAKE, World,
    bank::Bank,
    sbf_build,
    suite::{assert_nothing_is_stranded, play, play_style, wind_up},
};
use proptest::prelude::*;

/// A runner for each node, of whom the last lies; they claim, compound or keep what they earn.
fn runners(world: &World) -> Vec<NodeRunner<'_, Bank, Echo>> {
    let last = world.nodes.len() - 1;
    let runner = |(number, node): (usize, &Person)| {
        let options = play_style(number, node);
        let logic = Echo {
            node: node.pubkey(),
            lies: number == last,
        };
        let key = node.keypair.insecure_clone();
        NodeRunner::new(&world.bank, world.tokens.task, key, logic, options)
    };
    world.nodes.iter().enumerate().map(runner).collect()
}

/// Plays until the slot `pause_at` after the start, pauses, plays on for `paused_for` slots, then goes
/// on for a while, or never does; and in the end everybody takes out all that is theirs.
fn play_with_a_pause(build: Build, pause_at: u64, paused_for: Option<u64>) {
    let world = World::on(build).stakes(&[STAKE, 900, 800, 700]).start();
    let start = world.slot();
    let mut nodes = runners(&world);
    play(&world, &mut nodes, start + pause_at, |_| ());
    world.set_paused(true).unwrap();
    let before = world.books();
    let (total, cycles) = (before.task.data.total_stake, before.cycles.len());
    play(
        &world,
        &mut nodes,
        start + pause_at + paused_for.unwrap_or(250),
        |world| {
            let books = world.books();
            assert!(
                books.task.data.total_stake <= total,
                "nobody stakes in a pause"
            );
            assert!(
                books.cycles.len() <= cycles,
                "nobody opens a cycle in a pause"
            );
        },
    );
    if paused_for.is_some() {
        world.set_paused(false).unwrap();
        let on = world.slot() + 200;
        play(&world, &mut nodes, on, |_| ());
    }
    drop(nodes);
    wind_up(&world);
    assert_nothing_is_stranded(&world);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// `set_paused.4`: in whatever phase of whatever cycle it comes, however long it lasts.
    #[test]
    fn a_pause_strands_nothing_on_both_builds(
        pause_at in 0u64..700, paused_for in prop::option::of(1u64..350), native: bool,
    ) {
        let build = if native { Build::Native } else { sbf_build() };
        play_with_a_pause(build, pause_at, paused_for);
    }
}
