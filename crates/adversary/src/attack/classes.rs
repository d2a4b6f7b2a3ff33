//! The classes of attacks.

/// Name and number of every class, in order.
pub const CLASSES: [(u8, &str); 45] = [
    (1, "missing_signer"),
    (2, "wrong_authority"),
    (3, "foreign_field"),
    (4, "fake_owner"),
    (5, "type_cosplay"),
    (6, "reinit"),
    (7, "arbitrary_cpi"),
    (8, "duplicate_mutable"),
    (9, "noncanonical_bump"),
    (10, "pda_sharing"),
    (11, "close_revival"),
    (12, "close_destination"),
    (13, "fake_sysvar"),
    (14, "not_writable"),
    (15, "truncated_or_oversize_data"),
    (16, "prefunded_pda"),
    (17, "donation"),
    (18, "window_edges"),
    (19, "cycle_skew"),
    (20, "late_submit"),
    (21, "double"),
    (22, "vote_conservation"),
    (23, "self_audit"),
    (24, "zero_or_low_stake_vote"),
    (25, "stake_after_snapshot"),
    (26, "unstake_before_audit"),
    (27, "slash_bounds"),
    (28, "slash_destination"),
    (29, "false_slash_griefing"),
    (30, "vote_weight_reuse"),
    (31, "challenger_outcomes"),
    (32, "merkle_second_preimage"),
    (33, "merkle_substitution"),
    (34, "list_swap"),
    (35, "overpay"),
    (36, "rounding"),
    (37, "overflow"),
    (38, "rent_drain"),
    (39, "wrong_mint_or_pot"),
    (40, "hostile_mint"),
    (41, "config_frontrun"),
    (42, "authority_handover"),
    (43, "pause_scope"),
    (44, "crank_dos"),
    (45, "cpi_caller"),
];

/// The name of class `number`.
pub fn name(number: u8) -> &'static str {
    let class = CLASSES.iter().find(|(class, _)| *class == number);
    class.map_or("unknown", |(_, name)| name)
}
