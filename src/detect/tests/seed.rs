//! Chance that can be repeated.

/// What comes next depends on what came, and nothing else.
pub struct Seed(pub u64);

impl Seed {
    /// A number below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// So many of these characters.
    pub fn many(&mut self, count: usize, of: &str) -> String {
        let of: Vec<char> = of.chars().collect();
        (0..count).map(|_| self.of(&of)).collect()
    }

    pub fn digits(&mut self, count: usize) -> String {
        self.many(count, "0123456789")
    }

    /// So many letters and digits, and at least one of each.
    pub fn mixed(&mut self, count: usize) -> String {
        let rest = self.many(count - 2, &format!("{CAPITALS}{SMALL}0123456789"));
        format!("{}{rest}{}", self.many(1, SMALL), self.digits(1))
    }
}

pub const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";
pub const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
