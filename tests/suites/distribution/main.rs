//! Lists, payouts, closing, and whole cycles.
