//! What the program has allocated, by the command line's allocator with counters around it.

use cap::Cap;
use mimalloc::MiMalloc;
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};

static PEAK: PeakMemAlloc<MiMalloc> = PeakMemAlloc::new(MiMalloc);

#[global_allocator]
static MEMORY: Cap<&PeakMemAlloc<MiMalloc>> = Cap::new(&PEAK, usize::MAX);

/// Bytes that are allocated now.
pub fn allocated() -> usize {
    MEMORY.allocated()
}

/// Begins to look for the [`peak`].
pub fn begin() {
    PEAK.reset_peak_memory();
}

/// The most bytes that were allocated at once since it was looked for, beyond those that were allocated then.
pub fn peak() -> usize {
    PEAK.get_peak_memory()
}
