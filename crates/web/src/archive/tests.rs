use std::io::Read;

use flate2::read::DeflateDecoder;

use super::*;

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    let part = &bytes[at..at + length];
    part.iter()
        .rev()
        .fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
}

/// What a program reads that follows the list at the end: names with contents.
fn read(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let end = zip.len() - 22;
    assert_eq!(&zip[end..end + 4], b"PK\x05\x06");
    let (count, mut at) = (number(zip, end + 10, 2), number(zip, end + 16, 4));
    let mut files = Vec::new();
    for _ in 0..count {
        assert_eq!(&zip[at..at + 4], b"PK\x01\x02");
        let [sum, packed, length] = [16, 20, 24].map(|place| number(zip, at + place, 4));
        let (name_length, begun) = (number(zip, at + 28, 2), number(zip, at + 42, 4));
        let name = String::from_utf8(zip[at + 46..at + 46 + name_length].to_vec()).unwrap();
        assert_eq!(&zip[begun..begun + 4], b"PK\x03\x04", "{name}");
        let content = begun + 30 + number(zip, begun + 26, 2) + number(zip, begun + 28, 2);
        let mut unpacked = Vec::new();
        DeflateDecoder::new(&zip[content..content + packed])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked.len(), length, "{name}");
        let mut crc = Crc::new();
        crc.update(&unpacked);
        assert_eq!(usize::try_from(crc.sum()).unwrap(), sum, "{name}");
        assert_eq!(
            &zip[content + packed..content + packed + 4],
            b"PK\x07\x08",
            "{name}"
        );
        files.push((name, unpacked));
        at += 46 + name_length;
    }
    assert_eq!(at, end);
    files
}

pub(crate) fn opened(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    read(zip)
}

#[test]
fn what_goes_in_comes_out_however_it_is_cut() {
    let noise: Vec<u8> = (0..300_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let given = [
        ("empty.json", &b""[..]),
        ("files/ü/plan – final.txt", b"abc"),
        ("noise", &noise),
    ];
    for size in [1_000, 70_000, usize::MAX] {
        let (mut archive, mut zip) = (Archive::new(Timestamp::UNIX_EPOCH), Vec::new());
        for (name, content) in given {
            archive.begin(name.to_owned()).unwrap();
            for part in content.chunks(size) {
                archive.write(part).unwrap();
                zip.append(&mut archive.take().unwrap());
            }
        }
        archive.finish().unwrap();
        zip.append(&mut archive.take().unwrap());
        let expected = given.map(|(name, content)| (name.to_owned(), content.to_vec()));
        assert_eq!(read(&zip), expected);
    }
}

#[test]
fn what_its_format_cannot_say_is_an_error() {
    assert!(add(u32::MAX, 1).is_err());
    assert!(Archive::new(Timestamp::UNIX_EPOCH).write(b"x").is_err());
    let mut archive = Archive::new(Timestamp::UNIX_EPOCH);
    assert!(archive.begin("x".repeat(70_000)).is_err());
}
