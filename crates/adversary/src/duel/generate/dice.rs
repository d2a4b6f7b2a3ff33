//! Random numbers.

/// Random numbers that are the same for the same seed on every machine (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall as `seed` says.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is at least 1.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// A number of `from..=to`.
    pub const fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from + 1)
    }

    /// True in `percent` of all cases.
    pub const fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; `None` where there is none.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.index(from.len())?;
        from.get(index).cloned()
    }

    pub(super) fn index(&mut self, len: usize) -> Option<usize> {
        let index = self.roll().checked_rem(len as u64)?;
        usize::try_from(index).ok()
    }

    pub(super) fn small<T: TryFrom<u64>>(&mut self, from: u64, to: u64) -> T
    where
        T::Error: std::fmt::Debug,
    {
        T::try_from(self.between(from, to)).expect("a small number")
    }
}
