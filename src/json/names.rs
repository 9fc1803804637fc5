//! Member names seen so far in each open object.
//!
//! The rule: two equal names (after unescaping) in one object are always found. Only hashes are kept: equal names have
//! equal hashes, so a duplicate is never missed; what hashing could do is report a duplicate where there is none,
//! which refuses a good body once in 2⁶⁴ pairs and lets nothing through. The hash is seeded per process, so nobody can
//! prepare such a pair.

use std::{
    collections::HashSet,
    hash::{BuildHasher, BuildHasherDefault, Hasher},
};

use foldhash::fast::RandomState;

/// Objects with more members than this look names up in a table instead of one after the other.
const FEW: usize = 24;

/// Hashes member names; shared by the tokeniser and everything that compares names with it.
#[derive(Clone, Debug, Default)]
pub struct NameHasher(RandomState);

impl NameHasher {
    /// The hash of an unescaped name.
    #[inline]
    pub fn hash(&self, name: &[u8]) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write(name);
        hasher.finish()
    }
}

/// The names of all open objects, innermost last.
#[derive(Debug, Default)]
pub(super) struct Names {
    hashes: Vec<u64>,
    innermost: Object,
    outer: Vec<Object>,
    many: HashSet<(usize, u64), BuildHasherDefault<Premixed>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Object {
    /// Where its hashes begin.
    start: usize,
    /// One bit for the end of each hash: a name whose bit is missing is new.
    seen: u64,
}

impl Names {
    pub(super) fn open(&mut self) {
        let inner = Object { start: self.hashes.len(), seen: 0 };
        self.outer.push(std::mem::replace(&mut self.innermost, inner));
    }

    /// Adds a name to the innermost object; false when it is there already.
    #[inline(always)]
    pub(super) fn insert(&mut self, hash: u64) -> bool {
        let Object { start, seen } = self.innermost;
        let bit = 1 << (hash & 63);
        self.innermost.seen |= bit;
        let is_new = if self.hashes.len() - start >= FEW {
            self.insert_among_many(start, hash)
        } else {
            seen & bit == 0 || !self.hashes.get(start..).unwrap_or_default().contains(&hash)
        };
        self.hashes.push(hash);
        is_new
    }

    pub(super) fn close(&mut self) {
        let Object { start, .. } = self.innermost;
        self.innermost = self.outer.pop().unwrap_or_default();
        if self.hashes.len() - start > FEW {
            for hash in self.hashes.get(start..).unwrap_or_default() {
                self.many.remove(&(start, *hash));
            }
        }
        self.hashes.truncate(start);
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether no object was so large that its memory is better given back.
    pub(super) fn is_small(&self) -> bool {
        self.hashes.capacity() <= 4096
    }

    pub(super) fn clear(&mut self) {
        self.hashes.clear();
        self.outer.clear();
        self.innermost = Object::default();
        self.many.clear();
    }

    #[cold]
    fn insert_among_many(&mut self, start: usize, hash: u64) -> bool {
        let members = self.hashes.get(start..).unwrap_or_default();
        if members.len() == FEW {
            self.many.extend(members.iter().map(|hash| (start, *hash)));
        }
        self.many.insert((start, hash))
    }
}

/// The hashes are well mixed already; mixing them again would only cost.
#[derive(Debug, Default)]
struct Premixed(u64);

impl Hasher for Premixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.wrapping_add(hash);
    }

    fn write_usize(&mut self, start: usize) {
        self.0 = self.0.wrapping_add((start as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_found_in_small_and_large_objects_and_forgotten_when_the_object_closes() {
        for members in [1, FEW - 1, FEW, FEW + 1, 10 * FEW] {
            let mut names = Names::default();
            let hasher = NameHasher::default();
            names.open();
            names.insert(hasher.hash(b"outer"));
            for round in 0..2 {
                names.open();
                for member in 0..members {
                    assert!(names.insert(hasher.hash(format!("m{member}").as_bytes())), "round {round}");
                }
                assert!(names.insert(hasher.hash(b"outer")), "an outer name is not a member of this object");
                assert!(!names.insert(hasher.hash(b"m0")));
                assert!(!names.insert(hasher.hash(format!("m{}", members - 1).as_bytes())));
                names.close();
            }
            assert!(names.many.is_empty());
        }
    }
}
