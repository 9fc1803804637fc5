//! A table from 64-bit keys that are well mixed already to numbers.
//!
//! The rule: built once, asked often, mostly for what is not there; so it is never more than half full, and the first slot
//! looked at is mostly the last.

/// The number of an empty slot.
const EMPTY: u32 = u32::MAX;

/// Keys and their numbers.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<(u64, u32)>,
    len: usize,
}

impl Table {
    /// The number of a key.
    #[inline]
    pub(super) fn get(&self, key: u64) -> Option<u32> {
        let mut at = key;
        loop {
            let (found, number) = *self.slots.get(self.slot(at))?;
            if number == EMPTY {
                return None;
            }
            if found == key {
                return Some(number);
            }
            at = at.wrapping_add(1);
        }
    }

    /// Gives a key that has none a number.
    pub(super) fn insert(&mut self, key: u64, number: u32) {
        if self.slots.len() <= 2 * self.len {
            let room = (4 * self.len).next_power_of_two().max(16);
            let old = std::mem::replace(&mut self.slots, vec![(0, EMPTY); room]);
            old.into_iter().filter(|(_, number)| *number != EMPTY).for_each(|(key, n)| self.put(key, n));
        }
        self.put(key, number);
        self.len += 1;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn put(&mut self, key: u64, number: u32) {
        let mut at = key;
        while self.slots.get(self.slot(at)).is_some_and(|(_, number)| *number != EMPTY) {
            at = at.wrapping_add(1);
        }
        let slot = self.slot(at);
        if let Some(empty) = self.slots.get_mut(slot) {
            *empty = (key, number);
        }
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are what is wanted")]
    fn slot(&self, at: u64) -> usize {
        at as usize & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_found_and_nothing_else_even_where_all_keys_meet_in_one_slot() {
        for spread in [0x9e37_79b9_7f4a_7c15u64, 1 << 40] {
            let mut table = Table::default();
            assert_eq!(table.get(0), None);
            for n in 0..1_000u32 {
                table.insert(spread.wrapping_mul(u64::from(n)), n);
            }
            for n in 0..1_000 {
                assert_eq!(table.get(spread.wrapping_mul(u64::from(n))), Some(n));
            }
            assert_eq!(table.get(spread.wrapping_mul(1_001)), None);
        }
    }
}
