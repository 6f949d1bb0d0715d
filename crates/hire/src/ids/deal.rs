//! Deals out the ids that one command needs.

use jiff::Timestamp;

use super::{
    AmendmentId, AuditId, CallId, ChargebackId, ContractId, ConversationId, DeliveryId, DisputeId, EarningId,
    EntryId, EventId, FileId, HoldId, InvitationId, LotId, MailId, MessageId, MilestoneId, MotionId,
    PaymentId, PayoutId, PersonId, ProposalId, RefundId, SettlementId, WebhookId,
};

/// The same moment and seed deal the same ids in the same order, so a command that is run again, or replayed from the
/// journal years later, names the same things.
#[derive(Debug, Clone)]
pub struct Ids {
    at: Timestamp,
    state: [u64; 2],
}

impl Ids {
    /// `seed` must be drawn anew for every command: two commands with one seed would share their ids.
    pub fn new(at: Timestamp, seed: [u8; 16]) -> Self {
        let bits = u128::from_le_bytes(seed);
        let half = |shift: u32| {
            u64::try_from(bits.checked_shr(shift).unwrap_or(0) & u128::from(u64::MAX)).unwrap_or(0)
        };
        Self {
            at,
            state: [half(0), half(64)],
        }
    }

    /// The next ten bytes: two lanes of splitmix64 (Steele, Lea and Flood, 2014), the second fed by the first.
    fn next(&mut self) -> [u8; 10] {
        let [low, high] = self.state;
        let low = low.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let high = high.wrapping_add(0xC2B2_AE3D_27D4_EB4F);
        self.state = [low, high];
        let first = mix(low ^ mix(high));
        let second = mix(high ^ first);
        let mut random = [0; 10];
        let source = first.to_le_bytes().into_iter().chain(second.to_le_bytes());
        for (place, byte) in random.iter_mut().zip(source) {
            *place = byte;
        }
        random
    }
}

fn mix(mut word: u64) -> u64 {
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    word ^ (word >> 31)
}

macro_rules! deal {
    ($($name:ident: $id:ident),* $(,)?) => {
        impl Ids {$(
            /// A new id of its kind.
            pub fn $name(&mut self) -> $id {
                $id::new(self.at, self.next())
            }
        )*}
    };
}
deal! {
    lot: LotId, payment: PaymentId, refund: RefundId, earning: EarningId, payout: PayoutId, chargeback: ChargebackId,
    settlement: SettlementId, dispute: DisputeId, amendment: AmendmentId, hold: HoldId, event: EventId,
    entry: EntryId, milestone: MilestoneId, contract: ContractId, proposal: ProposalId, motion: MotionId,
    person: PersonId, mail: MailId, conversation: ConversationId, message: MessageId, audit: AuditId,
    file: FileId, call: CallId, webhook: WebhookId, delivery: DeliveryId,
    invitation: InvitationId,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn one_seed_deals_the_same_ids_again_and_no_id_twice() {
        let deal = |seed| {
            let mut ids = Ids::new(Timestamp::UNIX_EPOCH, [seed; 16]);
            (0..1_000).map(|_| ids.lot()).collect::<Vec<_>>()
        };
        assert_eq!(deal(1), deal(1));
        let all: BTreeSet<LotId> = (0..20).flat_map(deal).collect();
        assert_eq!(all.len(), 20_000);
    }
}
