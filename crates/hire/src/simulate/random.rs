//! Chance from one number: the same seed draws the same things for ever, on every machine.

/// xoshiro256++ (Blackman and Vigna, 2019), filled by splitmix64.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// Everything drawn follows from the seed.
    pub fn new(seed: u64) -> Self {
        let mut state = [0; 4];
        let mut word = seed;
        for place in &mut state {
            word = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = word;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *place = mixed ^ (mixed >> 31);
        }
        Self { state }
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let drawn = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        let (new_b, new_a) = (b ^ c, a ^ d);
        self.state = [new_a, new_b, c ^ (b << 17), d.rotate_left(45)];
        drawn
    }

    /// A number below `end`; nothing where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.bits()).wrapping_mul(u128::from(end));
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most.saturating_sub(least)).unwrap_or(0);
        let step = self.below(span.saturating_add(1));
        least.saturating_add(i64::try_from(step).unwrap_or(0))
    }

    /// As [`Random::between`], for small numbers.
    pub fn small(&mut self, least: u16, most: u16) -> u16 {
        u16::try_from(self.between(i64::from(least), i64::from(most))).unwrap_or(least)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of them, all as likely; the first where the list has only one.
    pub fn pick<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let count = u64::try_from(others.len()).unwrap_or(0);
        let drawn = usize::try_from(self.below(count.saturating_add(1))).unwrap_or(0);
        others.get(drawn).copied().unwrap_or(first)
    }

    /// One of them, if there are any.
    pub fn among<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(all.len()).unwrap_or(0);
        all.get(usize::try_from(self.below(count)).unwrap_or(0))
    }

    /// One of them by its weight.
    pub fn weighted<T>(&mut self, choices: Vec<(u64, T)>) -> Option<T> {
        let all = choices
            .iter()
            .fold(0_u64, |sum, (weight, _)| sum.saturating_add(*weight));
        let mut left = self.below(all);
        for (weight, choice) in choices {
            if left < weight {
                return Some(choice);
            }
            left = left.saturating_sub(weight);
        }
        None
    }

    /// The seed of one command.
    pub fn seed(&mut self) -> [u8; 16] {
        (u128::from(self.bits()) << 64 | u128::from(self.bits())).to_le_bytes()
    }

    /// The random part of an id.
    pub fn ten(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        for (place, byte) in bytes.iter_mut().zip(self.seed()) {
            *place = byte;
        }
        bytes
    }
}
