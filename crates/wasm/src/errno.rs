//! Error numbers of WASI preview 1.

/// An error number.
pub(crate) type Number = i32;

pub(crate) const SUCCESS: Number = 0;
pub(crate) const ACCES: Number = 2;
pub(crate) const BADF: Number = 8;
pub(crate) const FAULT: Number = 21;
pub(crate) const INVAL: Number = 28;
pub(crate) const IO: Number = 29;
pub(crate) const ISDIR: Number = 31;
pub(crate) const MFILE: Number = 33;
pub(crate) const NOENT: Number = 44;
pub(crate) const NOTDIR: Number = 54;
pub(crate) const NOTSUP: Number = 58;
pub(crate) const ROFS: Number = 69;
pub(crate) const SPIPE: Number = 70;
pub(crate) const NOTCAPABLE: Number = 76;
