//! The order of addresses, and the beginning of digests and addresses. Of a hundred thousand of them the first eight bytes
//! tell any two apart, as a rule, and numbers are compared in a fraction of the time that 32 bytes take.

use gradual_consensus_client::account::Keyed;
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

/// `items` in the order of the addresses that `key` gives. While they are sorted, a place stands for each of them.
pub(super) fn in_order<T: Copy>(items: &[T], key: impl Fn(&T) -> &Pubkey) -> Vec<T> {
    let first = |item: &T| prefix(key(item).as_array());
    let mut order: Vec<(u64, usize)> = items.iter().map(first).zip(0..).collect();
    order.sort_unstable_by(|(one, place), (other, place_of_other)| {
        let key_at = |place: &usize| items.get(*place).map(&key);
        one.cmp(other)
            .then_with(|| key_at(place).cmp(&key_at(place_of_other)))
    });
    let mut sorted = Vec::with_capacity(items.len());
    sorted.extend(order.into_iter().filter_map(|(_, place)| items.get(place)));
    sorted
}

/// The place in `known` of each of `addresses`. Both are in the order of addresses. Each is looked for from the place of the
/// one before, in steps that double: all together take one pass, and a few skip what lies between them.
pub(super) fn places<'k, 'a, T>(
    known: &'k [Keyed<T>],
    addresses: impl IntoIterator<Item = &'a Pubkey>,
) -> impl Iterator<Item = Option<usize>> {
    let mut place = 0_usize;
    addresses.into_iter().map(move |address| {
        let is_before = |one: &Keyed<T>| compare(&one.address, address).is_lt();
        let rest = known.get(place..).unwrap_or_default();
        let mut width = 1_usize;
        while rest.get(width).is_some_and(is_before) {
            width = width.saturating_mul(2);
        }
        let near = rest.get(..width).unwrap_or(rest);
        place = place.saturating_add(near.partition_point(is_before));
        let found = known.get(place);
        found
            .is_some_and(|one| one.address == *address)
            .then_some(place)
    })
}

/// What of `known` is at each of `addresses`, in the same way.
pub(super) fn at<'k, 'a, T>(
    known: &'k [Keyed<T>],
    addresses: impl IntoIterator<Item = &'a Pubkey>,
) -> impl Iterator<Item = Option<&'k T>> {
    places(known, addresses).map(|place| known.get(place?).map(|one| &one.data))
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

    #[test]
    fn what_is_known_is_found_in_one_pass() {
        let address = |number: u8| Pubkey::new_from_array([number; 32]);
        let known = |numbers: &[u8]| -> Vec<Keyed<u8>> {
            let one = |&number: &u8| Keyed {
                address: address(number),
                data: number,
            };
            numbers.iter().map(one).collect()
        };
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let third: Vec<u8> = (0..=u8::MAX).step_by(3).collect();
        for known_numbers in [&all[..], &third, &[], &[0], &[255], &[7, 8, 200]] {
            for asked in [&all[..], &third, &[], &[0], &[8], &[7, 199, 200, 255]] {
                let known = known(known_numbers);
                let addresses: Vec<Pubkey> = asked.iter().copied().map(address).collect();
                let found: Vec<_> = at(&known, &addresses).map(Option::<&u8>::copied).collect();
                let expected = asked.iter().copied();
                let expected = expected.map(|one| known_numbers.contains(&one).then_some(one));
                assert_eq!(found, expected.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn addresses_are_put_in_their_order_however_they_begin() {
        let address = |number: u32| {
            // A few beginnings, so that many are alike.
            let mut bytes = [0; 32];
            bytes[7] = (number % 5).to_le_bytes()[0];
            bytes[20..24].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
            Pubkey::new_from_array(bytes)
        };
        for count in [0, 1, 2, 500] {
            let items: Vec<Keyed<Pubkey>> = (0..count)
                .map(|number| Keyed {
                    address: Pubkey::default(),
                    data: address(number),
                })
                .collect();
            let sorted = in_order(&items, |item| &item.data);
            let mut expected = items;
            expected.sort_by_key(|item| item.data);
            assert_eq!(sorted, expected);
        }
    }
}
