//! `stake`.

use gradual_consensus::GradualError;
use gradual_consensus_tests::{STAKE, WALLET, World, assert_refused, on_every_build};

on_every_build! {
    /// `stake.1`
    fn moves_the_amount_into_the_stake_pot(build: Build) {
        let world = World::on(build).stakes(&[0]).start();
        world.stake(0, STAKE).unwrap();
        assert_eq!(world.balance(&world.nodes[0].wallet), WALLET - STAKE);
        assert_eq!(world.books().stake_pot, STAKE);
        assert_eq!(world.node_stake(0).deposited, STAKE);
    }

    /// `stake.4`
    fn refuses_amounts_that_leave_it_below_the_minimum(build: Build) {
        let world = World::on(build).stakes(&[0]).start();
        assert_refused(world.stake(0, 0), GradualError::ZeroAmount);
        assert_refused(world.stake(0, 99), GradualError::StakeBelowMinimum);
        world.stake(0, 100).unwrap();
        world.stake(0, 1).unwrap();
    }
}
