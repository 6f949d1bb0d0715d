//! Long lists, a page at a time: one item more than is shown is read, and tells whether there is another page.

/// How many to read for a page of `limit`.
pub(crate) fn one_more(limit: u16) -> u16 {
    limit.saturating_add(1)
}

/// What is shown of what was read with [`one_more`], and after what the next page begins, where there is one.
pub(crate) fn page<T, Cursor>(
    mut read: Vec<T>,
    limit: u16,
    cursor: impl Fn(&T) -> Cursor,
) -> (Vec<T>, Option<Cursor>) {
    let more = read.len() > usize::from(limit);
    read.truncate(usize::from(limit));
    let next = read.last().filter(|_| more).map(cursor);
    (read, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_names_no_next_one() {
        let read = |there: Vec<u8>| page(there, 2, |one| *one);
        assert_eq!(read(vec![]), (vec![], None));
        assert_eq!(read(vec![7, 8]), (vec![7, 8], None));
        assert_eq!(read(vec![7, 8, 9]), (vec![7, 8], Some(8)));
        assert_eq!(one_more(2), 3);
        assert_eq!(one_more(u16::MAX), u16::MAX);
    }
}
