//! Where the sections of an instruction end: for the compute report, `docs/compute-units.md`. The phases
//! of an instruction are sections, and within *apply* the creation of an account.

/// Ends the section `name` of an instruction. A build with the feature `bench` logs the name and the
/// compute units that are left; any other does nothing.
#[inline(always)]
pub fn section_ends(name: &str) {
    #[cfg(feature = "bench")]
    {
        solana_program::log::sol_log(name);
        solana_program::log::sol_log_compute_units();
    }
    #[cfg(not(feature = "bench"))]
    let _ = name;
}
