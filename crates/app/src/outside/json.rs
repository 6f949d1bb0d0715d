//! JSON of somebody else: an object in which a field stands twice says two things, and nobody can know which was meant.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// A field stands twice in one object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` stands twice in one object, and nobody knows which was meant")]
pub struct Twice {
    /// Which.
    pub field: String,
}

/// Refuses a text in which any object, however deep, has a field twice. A text that is no JSON is left to whoever reads
/// it.
pub fn check_fields(text: &[u8]) -> Result<(), Twice> {
    let found = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(text);
    // What it says otherwise is said better by whoever reads the text into its type.
    Once(&found).deserialize(&mut reader).unwrap_or_default();
    found.into_inner().map_or(Ok(()), |field| Err(Twice { field }))
}

#[derive(Clone, Copy)]
struct Once<'a>(&'a RefCell<Option<String>>);

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(field) = map.next_key::<String>()? {
            if seen.contains(&field) {
                *self.0.borrow_mut() = Some(field);
                return Err(A::Error::custom("a field stands twice"));
            }
            seen.insert(field);
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_stands_twice_is_found_however_deep() {
        for (text, field) in [
            (r#"{"a":1,"a":1}"#, "a"),
            (r#"{"a":{"b":[1,{"c":null,"d":2,"c":"x"}]}}"#, "c"),
            (r#"[{"x":true},{"y":1.5,"y":-1}]"#, "y"),
            ("{\"\u{61}\":1,\"\\u0061\":2}", "a"),
        ] {
            let field = field.to_owned();
            assert_eq!(check_fields(text.as_bytes()), Err(Twice { field }), "{text}");
        }
    }

    #[test]
    fn fields_of_one_name_in_two_objects_are_none() {
        for text in [
            r#"{"a":{"a":[{"a":1},{"a":2}]},"b":"a"}"#,
            "7",
            "null",
            r#"{"a":"#,
            "",
            "no JSON",
        ] {
            assert_eq!(check_fields(text.as_bytes()), Ok(()), "{text}");
        }
    }
}
