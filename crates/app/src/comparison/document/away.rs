//! The document as a file that is read elsewhere, where an address without a site leads nowhere.

use super::{Document, ObservationView};
use crate::comparison::export::absolute;

impl Document<'_> {
    /// The same with whole addresses: what stands on this site gets the site's name, which `address` begins with.
    #[must_use]
    pub fn read_elsewhere(mut self, address: &str) -> Self {
        let behind = self.cells.iter_mut().flat_map(|cell| &mut cell.observations);
        let claimed = self.claims.iter_mut().flat_map(|claim| &mut claim.observations);
        let shown = self.indicative.iter_mut().map(|one| &mut one.observation);
        for one in behind.chain(claimed).chain(shown) {
            one.whole(address);
        }
        self
    }
}

impl ObservationView<'_> {
    fn whole(&mut self, address: &str) {
        if let Some(source) = &mut self.source_detail
            && source.url.starts_with('/')
        {
            source.to_mut().url = absolute(address, &source.url);
        }
    }
}
