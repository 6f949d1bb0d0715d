//! Random numbers that are the same on every machine: xoshiro256++ in eight interleaved lanes.
//!
//! D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", ACM Trans. Math. Softw. 47 (2021);
//! seeding by `SplitMix64` (G. Steele, D. Lea, C. Flood, OOPSLA 2014) as its authors advise. Every chunk of draws has
//! its own eight streams, so that the work can be split over threads without changing a single draw.

/// Streams that advance together; the compiler turns them into vector instructions.
pub const LANES: usize = 8;

/// One number per lane.
pub type Lanes = [f64; LANES];

/// Eight generators side by side.
#[derive(Clone, Debug)]
pub struct Streams {
    state: [[u64; LANES]; 4],
}

impl Streams {
    /// The streams of one chunk of one seed.
    pub fn new(seed: u64, chunk: u64) -> Self {
        let mut state = [[0; LANES]; 4];
        for lane in 0..LANES {
            let lane_number = u64::try_from(lane).unwrap_or(0);
            let mut key = seed;
            for part in [chunk, lane_number] {
                key = split_mix(&mut key).wrapping_add(part);
            }
            for word in &mut state {
                if let Some(place) = word.get_mut(lane) {
                    *place = split_mix(&mut key);
                }
            }
        }
        Self { state }
    }

    /// The next number of every lane, uniform in [0, 1) on a grid of 2⁻⁵².
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "inner loop; lane < LANES")]
    pub fn uniform(&mut self) -> Lanes {
        let mut numbers = [0.0; LANES];
        let [a, b, c, d] = &mut self.state;
        for lane in 0..LANES {
            let result = a[lane]
                .wrapping_add(d[lane])
                .rotate_left(23)
                .wrapping_add(a[lane]);
            let shifted = b[lane] << 17;
            c[lane] ^= a[lane];
            d[lane] ^= b[lane];
            b[lane] ^= c[lane];
            a[lane] ^= d[lane];
            c[lane] ^= shifted;
            d[lane] = d[lane].rotate_left(45);
            numbers[lane] = f64::from_bits((result >> 12) | 0x3ff0_0000_0000_0000) - 1.0;
        }
        numbers
    }
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three outputs for seed 1234567 in the reference program's published test.
    #[test]
    fn split_mix_gives_the_reference_numbers() {
        let mut state = 1_234_567;
        let numbers = [
            split_mix(&mut state),
            split_mix(&mut state),
            split_mix(&mut state),
        ];
        assert_eq!(
            numbers,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn numbers_are_uniform_and_lanes_differ() {
        let mut streams = Streams::new(42, 0);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..20_000 {
            let numbers = streams.uniform();
            assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
            assert!((numbers[0] - numbers[1]).abs() > 0.0);
            sum += numbers.iter().sum::<f64>();
            squares += numbers.iter().map(|number| number * number).sum::<f64>();
        }
        assert!((sum / 160_000.0 - 0.5).abs() < 0.004);
        assert!((squares / 160_000.0 - 1.0 / 3.0).abs() < 0.004);
    }

    #[test]
    fn chunks_and_seeds_have_their_own_streams() {
        let mut first = [Streams::new(1, 0), Streams::new(1, 1), Streams::new(2, 0)]
            .map(|mut streams| streams.uniform()[0]);
        first.sort_by(f64::total_cmp);
        assert!(first.windows(2).all(|pair| pair[1] - pair[0] > 1e-6));
    }
}
