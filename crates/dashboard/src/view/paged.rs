//! Long lists, a hundred rows a page.

use serde::Serialize;

/// Rows of a page.
pub const PAGE: usize = 100;

/// One page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Paged<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// The number of the page, from 1.
    pub page: usize,
    /// How many pages there are; at least 1.
    pub pages: usize,
    /// How many rows there are on all pages.
    pub total: usize,
}

impl<T> Paged<T> {
    /// Page number `page` of `all`, or the last one there is; only its rows are made.
    pub fn of<S>(all: &[S], page: usize, make: impl FnMut(&S) -> T) -> Self {
        let pages = all.len().div_ceil(PAGE).max(1);
        let page = page.clamp(1, pages);
        let first = page.saturating_sub(1).saturating_mul(PAGE);
        Self {
            rows: all.iter().skip(first).take(PAGE).map(make).collect(),
            page,
            pages,
            total: all.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_hundred_rows_and_the_last_one_the_rest() {
        let all: Vec<u32> = (0..250).collect();
        let page = |number| Paged::of(&all, number, |row| *row);
        assert_eq!(
            (page(1).rows.len(), page(1).pages, page(1).total),
            (100, 3, 250)
        );
        assert_eq!(page(3).rows.first(), Some(&200));
        assert_eq!((page(9).page, page(0).page), (3, 1));
        assert_eq!(Paged::of(&[0u8; 0], 1, |row| *row).pages, 1);
    }
}
