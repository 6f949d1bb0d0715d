//! A ZIP archive, made piece by piece so that it can be sent meanwhile: each file is compressed as it comes, and its length and sum are told behind it.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Lengths follow the file, and names are UTF-8.
const FLAGS: u16 = 0x0808;
/// Version 2.0 of the format, which has all that is used here.
const VERSION: u16 = 20;
const DEFLATED: u16 = 8;

/// What must be said of a file at the end.
#[derive(Debug, Clone)]
struct Told {
    name: String,
    at: u32,
    sum: u32,
    packed: u32,
    length: u32,
}

/// A file that is under way.
struct Open {
    name: String,
    at: u32,
    sum: Crc,
    packer: DeflateEncoder<Vec<u8>>,
    packed: u32,
    length: u32,
}

/// The archive so far.
pub(crate) struct Archive {
    /// What was made and is to be sent.
    ready: Vec<u8>,
    sent: u32,
    told: Vec<Told>,
    open: Option<Open>,
    moment: [u8; 4],
}

fn too_large() -> std::io::Error {
    std::io::Error::other("the archive is larger than its format can say")
}

impl Archive {
    /// An empty one, whose files have this time.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            ready: Vec::new(),
            sent: 0,
            told: Vec::new(),
            open: None,
            moment: dos(now),
        }
    }

    /// A file begins, and the one before it has ended.
    pub(crate) fn begin(&mut self, name: String) -> std::io::Result<()> {
        self.end()?;
        let at = self.place()?;
        self.put(b"PK\x03\x04")?;
        self.head(&name, (0, 0, 0))?;
        self.put(name.as_bytes())?;
        self.open = Some(Open {
            name,
            at,
            sum: Crc::new(),
            packer: DeflateEncoder::new(Vec::new(), Compression::fast()),
            packed: 0,
            length: 0,
        });
        Ok(())
    }

    /// More of the file that was begun.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let Some(mut open) = self.open.take() else {
            return Err(std::io::Error::other("no file was begun"));
        };
        open.sum.update(bytes);
        open.length = add(open.length, bytes.len())?;
        open.packer.write_all(bytes)?;
        let made = std::mem::take(open.packer.get_mut());
        open.packed = add(open.packed, made.len())?;
        self.put(&made)?;
        self.open = Some(open);
        Ok(())
    }

    /// The last file has ended, and what is in the archive is told.
    pub(crate) fn finish(&mut self) -> std::io::Result<()> {
        self.end()?;
        let begun = self.place()?;
        let told = std::mem::take(&mut self.told);
        for one in &told {
            self.put(b"PK\x01\x02")?;
            self.put(&VERSION.to_le_bytes())?;
            self.head(&one.name, (one.sum, one.packed, one.length))?;
            // no comment, on the first disk, nothing said of the file but where it is
            self.put(&[0; 10])?;
            self.put(&one.at.to_le_bytes())?;
            self.put(one.name.as_bytes())?;
        }
        let length = self.place()?.checked_sub(begun).ok_or_else(too_large)?;
        let count = u16::try_from(told.len()).map_err(|_many| too_large())?;
        self.put(b"PK\x05\x06\0\0\0\0")?;
        self.put(&count.to_le_bytes())?;
        self.put(&count.to_le_bytes())?;
        self.put(&length.to_le_bytes())?;
        self.put(&begun.to_le_bytes())?;
        self.put(&[0; 2])
    }

    /// What was made since the last time.
    pub(crate) fn take(&mut self) -> std::io::Result<Vec<u8>> {
        self.sent = self.place()?;
        Ok(std::mem::take(&mut self.ready))
    }

    /// What both lists say of a file, up to its name.
    fn head(&mut self, name: &str, (sum, packed, length): (u32, u32, u32)) -> std::io::Result<()> {
        let name = u16::try_from(name.len()).map_err(|_long| too_large())?;
        let moment = self.moment;
        self.put(&VERSION.to_le_bytes())?;
        self.put(&FLAGS.to_le_bytes())?;
        self.put(&DEFLATED.to_le_bytes())?;
        self.put(&moment)?;
        for number in [sum, packed, length] {
            self.put(&number.to_le_bytes())?;
        }
        self.put(&name.to_le_bytes())?;
        self.put(&[0; 2])
    }

    fn end(&mut self) -> std::io::Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let rest = open.packer.finish()?;
        let told = Told {
            sum: open.sum.sum(),
            packed: add(open.packed, rest.len())?,
            name: open.name,
            at: open.at,
            length: open.length,
        };
        self.put(&rest)?;
        self.put(b"PK\x07\x08")?;
        for number in [told.sum, told.packed, told.length] {
            self.put(&number.to_le_bytes())?;
        }
        self.told.push(told);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.ready.extend_from_slice(bytes);
        self.place().map(drop)
    }

    /// How many bytes it has by now.
    fn place(&self) -> std::io::Result<u32> {
        add(self.sent, self.ready.len())
    }
}

fn add(sum: u32, more: usize) -> std::io::Result<u32> {
    let more = u32::try_from(more).map_err(|_large| too_large())?;
    sum.checked_add(more).ok_or_else(too_large)
}

/// Time and day in steps of two seconds since 1980.
fn dos(now: Timestamp) -> [u8; 4] {
    let now = now.to_zoned(TimeZone::UTC);
    let part = |number: i32| u32::try_from(number.max(0)).unwrap_or_default();
    let day =
        (part(i32::from(now.year()) - 1980) << 9) | (part(now.month().into()) << 5) | part(now.day().into());
    let time =
        (part(now.hour().into()) << 11) | (part(now.minute().into()) << 5) | (part(now.second().into()) >> 1);
    ((day << 16) | time).to_le_bytes()
}

#[cfg(test)]
pub(crate) mod tests;
