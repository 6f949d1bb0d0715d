//! The stamp of a form: that this site gave the form to whoever sends it back.
//!
//! Browsers say from which site a form comes, and that is what is looked at first. Some cannot say it: over plain HTTP, from a
//! page that tells nobody its address, they send nothing that could be looked at. Then the stamp speaks. It is of one form,
//! of the network it was given to, and of a day: whoever prepares a form elsewhere gets stamps for their own network
//! only, and can make none.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use earnest_hire::ids::OnceKey;
use hmac::{Hmac, Mac as _};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::Sha256;

use crate::desk::Desk;
use crate::limit::network;

/// The stamp for a form with this key, given today; none where nobody knows to whom it is given, or the site has no key.
pub fn stamp(desk: &Desk, once: OnceKey, to: Option<IpAddr>) -> Option<String> {
    let stamp = of_day(desk, once, to?, today(desk))?;
    Some(URL_SAFE_NO_PAD.encode(stamp.finalize().into_bytes()))
}

/// Whether a form was given to that address today or the day before.
pub fn is_stamped(desk: &Desk, once: OnceKey, from: Option<IpAddr>, stamp: &str) -> bool {
    let (Some(from), Ok(given)) = (from, URL_SAFE_NO_PAD.decode(stamp)) else {
        return false;
    };
    let today = today(desk);
    [Some(today), today.checked_sub(1.day()).ok()]
        .into_iter()
        .flatten()
        .filter_map(|day| of_day(desk, once, from, day))
        // the comparison of the hmac crate takes the same time wherever the bytes differ
        .any(|right| right.verify_slice(&given).is_ok())
}

fn of_day(desk: &Desk, once: OnceKey, to: IpAddr, day: Date) -> Option<Hmac<Sha256>> {
    desk.sealing.stamp(&format!("{once} {} {day}", network(to)))
}

fn today(desk: &Desk) -> Date {
    desk.now().to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Sealing;

    #[tokio::test]
    async fn a_stamp_is_of_one_form_one_network_and_a_day() {
        let (mut desk, outside, _folder) = crate::testing::desk().await;
        let here: IpAddr = "2001:db8::1".parse().unwrap();
        let there: IpAddr = "203.0.113.7".parse().unwrap();
        let (once, other) = (OnceKey::new([1; 16]), OnceKey::new([2; 16]));
        let given = stamp(&desk, once, Some(here)).unwrap();
        assert!(is_stamped(&desk, once, Some(here), &given));
        // another address of the same network: a device changes it every day
        assert!(is_stamped(
            &desk,
            once,
            Some("2001:db8::ffff".parse().unwrap()),
            &given
        ));
        for (once, from, text) in [
            (other, Some(here), given.as_str()),
            (once, Some(there), &given),
            (once, None, &given),
            (once, Some(here), ""),
            (once, Some(here), &given[1..]),
            (once, Some(here), &format!("{given}0")),
        ] {
            assert!(!is_stamped(&desk, once, from, text), "{from:?} {text}");
        }
        outside.wait(24 * 3600);
        assert!(is_stamped(&desk, once, Some(here), &given));
        outside.wait(24 * 3600);
        assert!(!is_stamped(&desk, once, Some(here), &given));
        // another site's stamp, and that of a site without a key
        let today = stamp(&desk, once, Some(here)).unwrap();
        desk.sealing = Sealing::of([8; 32]);
        assert!(!is_stamped(&desk, once, Some(here), &today));
        desk.sealing = Sealing::default();
        assert_eq!(stamp(&desk, once, Some(here)), None);
        assert!(!is_stamped(&desk, once, Some(here), &today));
    }
}
