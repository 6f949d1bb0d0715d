//! Random numbers that are the same on every machine: xoshiro256++ in eight interleaved lanes.
//!
//! D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", ACM Trans. Math. Softw. 47 (2021);
//! seeding by `SplitMix64` (G. Steele, D. Lea, C. Flood, OOPSLA 2014) as its authors advise. Every chunk of draws has
//! its own eight streams, so that the work can be split over threads without changing a single draw.

use crate::problem::Cell;

/// Streams that advance together; the compiler turns them into vector instructions.
pub const LANES: usize = 8;

/// The bits of 1.0: with any mantissa, a number in [1, 2).
const ONE: u64 = 0x3ff0_0000_0000_0000;

/// The upper 32 bits of a mantissa.
const UPPER: u64 = 0x000f_ffff_fff0_0000;

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

    /// The next 64 bits of every lane.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "inner loop; lane < LANES")]
    fn bits(&mut self) -> [u64; LANES] {
        let mut bits = [0; LANES];
        let [a, b, c, d] = &mut self.state;
        for lane in 0..LANES {
            bits[lane] = a[lane]
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
        }
        bits
    }

    /// The next number of every lane, uniform in [0, 1) on a grid of 2⁻⁵².
    #[inline]
    pub fn uniform(&mut self) -> Lanes {
        self.bits().map(|bits| f64::from_bits((bits >> 12) | ONE) - 1.0)
    }

    /// Two numbers for every lane at the price of one, uniform in [1, 2) on a grid of 2⁻³².
    #[inline]
    pub fn uniform_pair(&mut self) -> (Lanes, Lanes) {
        let bits = self.bits();
        (
            bits.map(|bits| f64::from_bits((bits >> 12) & UPPER | ONE)),
            bits.map(|bits| f64::from_bits((bits << 20) & UPPER | ONE)),
        )
    }
}

/// One random number after another, lane by lane, in every distribution the simulation needs.
///
/// Logarithm and exponential are our own: a library's may differ in the last digit from machine to machine.
#[derive(Clone, Debug)]
pub struct Feed {
    streams: Streams,
    ready: Lanes,
    next: usize,
    spare_normal: Option<f64>,
}

impl Feed {
    /// A feed from some streams.
    pub fn new(streams: Streams) -> Self {
        Self {
            streams,
            ready: [0.0; LANES],
            next: LANES,
            spare_normal: None,
        }
    }

    /// Uniform between 0 and 1, both excluded.
    pub fn uniform(&mut self) -> f64 {
        if self.next >= LANES {
            self.ready = self.streams.uniform();
            self.next = 0;
        }
        let number = self.ready.get(self.next).copied().unwrap_or(0.0);
        self.next += 1;
        number + 0.5 * f64::EPSILON
    }

    /// Exponential with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -logarithm(self.uniform())
    }

    /// Standard normal, by Marsaglia's polar method.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let scale = (-2.0 * logarithm(square) / square).sqrt();
                self.spare_normal = Some(y * scale);
                return x * scale;
            }
        }
    }

    /// Logarithm of a gamma variable with a shape above 0 (G. Marsaglia, W. W. Tsang, ACM Trans. Math. Softw. 26
    /// (2000) 363–372). The logarithm, because a small shape makes numbers too small for a double.
    pub fn gamma_logarithm(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = logarithm(self.uniform()) / shape;
            return self.gamma_logarithm(shape + 1.0) + boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x) * (1.0 + c * x) * (1.0 + c * x);
            if v > 0.0 && logarithm(self.uniform()) < 0.5 * x * x + d - d * v + d * logarithm(v) {
                return logarithm(d) + logarithm(v);
            }
        }
    }

    /// A number from a cell.
    pub fn cell(&mut self, cell: &Cell) -> f64 {
        match *cell {
            Cell::Number(number) => number,
            Cell::Interval { low, high } => {
                let part = self.uniform();
                low * (1.0 - part) + high * part
            }
            Cell::Normal { mean, deviation } => (mean + deviation * self.normal()).clamp(-f64::MAX, f64::MAX),
            Cell::Lognormal { mean, deviation } => exponential(mean + deviation * self.normal()),
        }
    }
}

/// ln 2 in two parts, the first with few enough digits that its multiples are exact.
const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);

/// Natural logarithm of a positive normal double, to about two units in the last place.
pub fn logarithm(x: f64) -> f64 {
    const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
    let bits = x.to_bits();
    let mut exponent = i32::try_from(bits >> 52).unwrap_or(0) - 1023;
    let mut mantissa = f64::from_bits((bits & MANTISSA) | 1.0_f64.to_bits());
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2·artanh(s), s = (m − 1)/(m + 1), |s| < 0.172: eleven terms reach the last digit.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = (0..11_u8)
        .rev()
        .fold(0.0, |sum, term| sum * square + 1.0 / f64::from(2 * term + 1));
    f64::from(exponent) * LN_2.0 + (2.0 * s * series + f64::from(exponent) * LN_2.1)
}

/// eˣ to about two units in the last place; 0 below −745, the largest double above 709.
pub fn exponential(x: f64) -> f64 {
    if x < -745.0 {
        return 0.0;
    }
    if x > 709.0 {
        return f64::MAX;
    }
    let multiple = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (x - multiple * LN_2.0) - multiple * LN_2.1;
    let series = (1..=14_u8)
        .rev()
        .fold(1.0, |sum, term| 1.0 + sum * rest / f64::from(term));
    // In two halves, so that results below the normal range are rounded only once.
    let half = (multiple / 2.0).trunc();
    series * power_of_two(half) * power_of_two(multiple - half)
}

/// 2ᵏ for a whole k from −1022 to 1023.
fn power_of_two(exponent: f64) -> f64 {
    let magic = exponent + 1023.0 + 4_503_599_627_370_496.0;
    f64::from_bits(magic.to_bits() << 52)
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

    #[test]
    fn logarithm_and_exponential_are_accurate() {
        for step in 1..2000 {
            let x = f64::from(step) * 0.37;
            assert!(
                (logarithm(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0),
                "{x}"
            );
            assert!(
                (logarithm(1.0 / x) + x.ln()).abs() <= 4e-16 * x.ln().abs().max(1.0),
                "{x}"
            );
            for power in [x.min(700.0), -x.min(700.0), x / 1000.0] {
                assert!((exponential(power) / power.exp() - 1.0).abs() <= 1e-15, "{power}");
            }
        }
        assert!(exponential(-1e9).abs() <= 0.0 && exponential(1e9).is_finite());
        assert!((exponential(-744.0) / (-744.0_f64).exp() - 1.0).abs() <= 0.5);
    }

    #[test]
    fn distributions_have_their_moments() {
        let mut feed = Feed::new(Streams::new(7, 3));
        let mut mean = |draw: &mut dyn FnMut(&mut Feed) -> f64| -> f64 {
            (0..40_000).map(|_| draw(&mut feed)).sum::<f64>() / 40_000.0
        };
        assert!(mean(&mut Feed::normal).abs() < 0.025);
        assert!((mean(&mut |feed| feed.normal().powi(2)) - 1.0).abs() < 0.04);
        assert!((mean(&mut |feed| feed.normal().powi(4)) - 3.0).abs() < 0.25);
        assert!((mean(&mut Feed::exponential) - 1.0).abs() < 0.03);
        for shape in [0.3, 1.0, 2.5, 40.0] {
            let found = mean(&mut |feed| exponential(feed.gamma_logarithm(shape)));
            assert!((found / shape - 1.0).abs() < 0.05, "{shape}: {found}");
        }
        let interval = Cell::Interval { low: 2.0, high: 4.0 };
        assert!((mean(&mut |feed| feed.cell(&interval)) - 3.0).abs() < 0.02);
        let lognormal = Cell::Lognormal {
            mean: 1.0,
            deviation: 0.5,
        };
        assert!((mean(&mut |feed| feed.cell(&lognormal)) / 1.125_f64.exp() - 1.0).abs() < 0.02);
    }
}
