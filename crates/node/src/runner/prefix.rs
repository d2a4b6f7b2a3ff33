//! The beginning of digests and addresses. Of a hundred thousand of them the first eight bytes tell any two apart, as a
//! rule, and numbers are compared in a fraction of the time that 32 bytes take.

use solana_sdk::pubkey::Pubkey;
use std::cmp::Ordering;

/// The first eight of `bytes` as a number: where two of these differ, they are in the order of the bytes.
pub(super) fn prefix(bytes: &[u8; 32]) -> u64 {
    let first = bytes.first_chunk().copied();
    first.map_or(0, u64::from_be_bytes)
}

/// The order of two addresses. Strangers choose theirs, so two may begin alike.
pub(super) fn compare(one: &Pubkey, other: &Pubkey) -> Ordering {
    let first = |address: &Pubkey| prefix(address.as_array());
    first(one).cmp(&first(other)).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_byte_for_byte() {
        let address = |place: usize, byte: u8| {
            let mut bytes = [7; 32];
            bytes[place] = byte;
            Pubkey::new_from_array(bytes)
        };
        let alike = address(0, 7);
        assert_eq!(compare(&alike, &alike), Ordering::Equal);
        for place in 0..32 {
            let (low, high) = (address(place, 6), address(place, 200));
            let all = [&low, &alike, &high];
            assert!(all.is_sorted_by(|one, other| compare(one, other).is_lt()));
            assert!(!all.is_sorted_by(|one, other| compare(other, one).is_le()));
            let is_prefix = place < 8;
            assert_eq!(prefix(low.as_array()) < prefix(high.as_array()), is_prefix);
        }
    }
}
