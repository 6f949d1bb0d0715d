//! Drawings become PNG here: at most two at a time, each content once, and the last ones are kept.
//!
//! Whoever links to a picture with other weights makes the server draw. So the work is bounded on every side: turns,
//! a line of those who wait, how long they wait, and the bytes that are kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use resvg::{tiny_skia, usvg};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex as Turnstile, OwnedSemaphorePermit, Semaphore};

use crate::answer::{Cache, Kept};
use crate::problem::Problem;

/// So many are drawn at the same moment.
const TURNS: usize = 2;
/// So many different pictures wait for their turn; the next one is told to come back.
const LINE: usize = 64;
/// Nobody waits longer.
const WAIT: Duration = Duration::from_secs(5);
/// Bytes of pictures that are kept.
const KEPT_BYTES: usize = 16 * 1024 * 1024;
/// Larger canvases are not drawn, whatever a comparison holds.
const MOST_PIXELS: u32 = 4096;

type Key = [u8; 32];

/// A picture as vectors, and how wide it is to be.
#[derive(Debug, Clone)]
pub(crate) struct Drawing {
    /// An SVG document with a size of its own.
    pub(crate) svg: String,
    /// Pixels of the picture made of it.
    pub(crate) width: u32,
}

impl Drawing {
    fn key(&self) -> Key {
        let mut hash = Sha256::new();
        hash.update(self.width.to_le_bytes());
        hash.update(self.svg.as_bytes());
        hash.finalize().into()
    }
}

/// Draws, and keeps what was drawn. A clone is the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Painter(Arc<Workshop>);

#[derive(Debug)]
struct Workshop {
    turns: Arc<Semaphore>,
    wait: Duration,
    waiting: AtomicUsize,
    /// What is being drawn, so that many who want the same one wait for one drawing.
    begun: Mutex<HashMap<Key, Weak<Turnstile<()>>>>,
    drawn: Mutex<Drawn>,
    /// How many are at it now, and how many were at most.
    #[cfg(test)]
    busy: [AtomicUsize; 2],
}

impl Default for Workshop {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(TURNS)),
            wait: WAIT,
            waiting: AtomicUsize::new(0),
            begun: Mutex::default(),
            drawn: Mutex::default(),
            #[cfg(test)]
            busy: [AtomicUsize::new(0), AtomicUsize::new(0)],
        }
    }
}

/// The pictures that were asked for last.
#[derive(Debug)]
struct Drawn {
    /// Bytes that there is room for.
    room: usize,
    kept: HashMap<Key, (Kept, u64)>,
    bytes: usize,
    /// Counts looks, to know which was longest ago.
    looks: u64,
}

impl Default for Drawn {
    fn default() -> Self {
        Self {
            room: KEPT_BYTES,
            kept: HashMap::new(),
            bytes: 0,
            looks: 0,
        }
    }
}

impl Drawn {
    fn get(&mut self, key: &Key) -> Option<Kept> {
        self.looks += 1;
        let (kept, last) = self.kept.get_mut(key)?;
        *last = self.looks;
        Some(kept.clone())
    }

    fn keep(&mut self, key: Key, kept: Kept) -> Kept {
        self.looks += 1;
        self.bytes += kept.plain().len();
        if let Some((old, _)) = self.kept.insert(key, (kept.clone(), self.looks)) {
            self.bytes -= old.plain().len();
        }
        while self.bytes > self.room {
            let oldest = self.kept.iter().min_by_key(|(_, (_, last))| *last);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                break;
            };
            if let Some((gone, _)) = self.kept.remove(&oldest) {
                self.bytes -= gone.plain().len();
            }
        }
        kept
    }
}

/// A place in the line, given up when its holder goes on or leaves.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::AcqRel) < LINE).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// As many wait for a picture as may, or it took too long until it was this one's turn.
fn busy() -> Problem {
    Problem::of_code(
        StatusCode::SERVICE_UNAVAILABLE,
        "busy",
        "Too many pictures are being drawn",
        "Nothing is wrong with the address. Ask again in a few seconds; the page and its numbers do not wait for it.",
    )
    .with_header(RETRY_AFTER, HeaderValue::from_static("5"))
}

impl Painter {
    /// The picture of a drawing: kept, or drawn when it is its turn.
    pub(crate) async fn paint(&self, drawing: Drawing) -> Result<Kept, Problem> {
        let key = drawing.key();
        if let Some(kept) = self.0.kept(&key) {
            return Ok(kept);
        }
        let turnstile = self.0.turnstile(key);
        let Ok(_first) = tokio::time::timeout(self.0.wait, turnstile.lock()).await else {
            return Err(busy());
        };
        // whoever was before us at the same picture has drawn it
        if let Some(kept) = self.0.kept(&key) {
            return Ok(kept);
        }
        let turn = self.turn().await?;
        let workshop = Arc::clone(&self.0);
        // the turn goes along: whoever hangs up does not make room for a third drawing
        let drawn = tokio::task::spawn_blocking(move || {
            let kept = workshop.draw(&drawing).map(|png| workshop.keep(key, png));
            drop(turn);
            kept
        });
        drawn.await.map_err(Problem::broken)?
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let turns = Arc::clone(&self.0.turns);
        if let Ok(turn) = Arc::clone(&turns).try_acquire_owned() {
            return Ok(turn);
        }
        let _place = Place::take(&self.0.waiting).ok_or_else(busy)?;
        match tokio::time::timeout(self.0.wait, turns.acquire_owned()).await {
            Ok(turn) => turn.map_err(Problem::broken),
            Err(_late) => Err(busy()),
        }
    }
}

impl Workshop {
    fn kept(&self, key: &Key) -> Option<Kept> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).get(key)
    }

    fn keep(&self, key: Key, png: Vec<u8>) -> Kept {
        let kept = Kept::bytes("image/png", png, Cache::Revalidate);
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.keep(key, kept)
    }

    fn turnstile(&self, key: Key) -> Arc<Turnstile<()>> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = begun.get(&key).and_then(Weak::upgrade) {
            return one;
        }
        if begun.len() > 2 * LINE {
            begun.retain(|_, one| one.strong_count() > 0);
        }
        let one = Arc::new(Turnstile::default());
        begun.insert(key, Arc::downgrade(&one));
        one
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests count how many are at it")]
    fn draw(&self, drawing: &Drawing) -> Result<Vec<u8>, Problem> {
        draw(drawing)
    }

    #[cfg(test)]
    fn draw(&self, drawing: &Drawing) -> Result<Vec<u8>, Problem> {
        let [now, most] = &self.busy;
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let drawn = draw(drawing);
        now.fetch_sub(1, Ordering::SeqCst);
        drawn
    }
}

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(super::measure::SANS.to_vec());
    fonts.load_font_data(super::measure::SERIF.to_vec());
    Arc::new(fonts)
});

/// The bytes depend on the drawing alone: fonts are compiled in, and those of the machine are not looked at.
fn draw(drawing: &Drawing) -> Result<Vec<u8>, Problem> {
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Picture Sans".to_owned(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(&drawing.svg, &options).map_err(Problem::broken)?;
    let own = tree.size().to_int_size();
    let size = own
        .scale_to_width(drawing.width.min(MOST_PIXELS))
        .filter(|size| size.height() <= MOST_PIXELS)
        .or_else(|| own.scale_to_height(MOST_PIXELS))
        .ok_or_else(Problem::not_found)?;
    let mut canvas = tiny_skia::Pixmap::new(size.width(), size.height()).ok_or_else(Problem::not_found)?;
    let (along, down) = (
        ratio(size.width(), own.width()),
        ratio(size.height(), own.height()),
    );
    let larger = tiny_skia::Transform::from_scale(along, down);
    resvg::render(&tree, larger, &mut canvas.as_mut());
    canvas.encode_png().map_err(Problem::broken)
}

fn ratio(to: u32, from: u32) -> f32 {
    let pixels = |number: u32| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
    pixels(to) / pixels(from.max(1))
}

#[cfg(test)]
mod tests;
