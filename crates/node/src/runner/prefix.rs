//! The order of addresses, and the beginning of digests and addresses. Of a hundred thousand of them the first eight bytes
//! tell any two apart, as a rule, and numbers are compared in a fraction of the time that 32 bytes take.

use gradual_consensus_client::account::Keyed;
use solana_sdk::pubkey::Pubkey;
use std::cmp::Ordering;

/// The least number of items that a bucket has on average: few enough for the nearest cache.
const BUCKET: usize = 64;

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

/// `items` in the order of the addresses that `key` gives. They are put into buckets by how their addresses begin, and each
/// bucket is sorted where it lies. Where addresses are scattered it has [`BUCKET`] items or twice as many, so that the time for
/// one item does not grow with their number. Addresses that begin alike share a bucket: that takes as long as any sort.
pub(super) fn in_order<T: Copy>(items: &[T], key: impl Fn(&T) -> &Pubkey) -> Vec<T> {
    let bits = (items.len() / BUCKET).checked_ilog2().unwrap_or(0);
    let bucket = |item: &T| {
        let first = prefix(key(item).as_array()).checked_shr(u64::BITS - bits);
        first
            .and_then(|first| usize::try_from(first).ok())
            .unwrap_or(0)
    };
    // Where the next item of each bucket is put.
    let mut ends = vec![0_usize; 1 << bits];
    for item in items {
        if let Some(count) = ends.get_mut(bucket(item)) {
            *count += 1;
        }
    }
    let mut start = 0_usize;
    for end in &mut ends {
        start += std::mem::replace(end, start);
    }
    let mut sorted = items.to_vec();
    for item in items {
        if let Some(end) = ends.get_mut(bucket(item))
            && let Some(place) = sorted.get_mut(*end)
        {
            *place = *item;
            *end += 1;
        }
    }
    let mut start = 0_usize;
    for end in ends {
        let full = sorted.get_mut(start..end).unwrap_or_default();
        full.sort_unstable_by(|one, other| compare(key(one), key(other)));
        start = end;
    }
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
        let mixed = |number: u32| number.wrapping_mul(2_654_435_761).to_be_bytes();
        let alike = |number: u32| {
            // A few beginnings, so that many are alike.
            let mut bytes = [0; 32];
            bytes[7] = (number % 5).to_le_bytes()[0];
            bytes[20..24].copy_from_slice(&mixed(number));
            Pubkey::new_from_array(bytes)
        };
        let scattered = |number: u32| {
            let mut bytes = [7; 32];
            bytes[..4].copy_from_slice(&mixed(number));
            Pubkey::new_from_array(bytes)
        };
        let last = |number: u32| {
            if number == 0 {
                Pubkey::from([255; 32])
            } else {
                scattered(number)
            }
        };
        let kinds: [&dyn Fn(u32) -> Pubkey; 3] = [&alike, &scattered, &last];
        let counts = [0, 1, 2, 63, 64, 127, 128, 129, 500, 3_000];
        for (address, count) in kinds
            .iter()
            .flat_map(|kind| counts.map(|count| (kind, count)))
        {
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
