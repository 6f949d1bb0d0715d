//! The names under which calls to a provider are kept, and by which they are found again.

use earnest_hire::ids::{ChargebackId, PaymentId, PayoutId, RefundId};

use super::*;

#[test]
fn every_call_is_kept_under_its_name_and_what_it_is_about() {
    let (at, bytes) = (Timestamp::UNIX_EPOCH, [7; 10]);
    let (payment, refund) = (PaymentId::new(at, bytes), RefundId::new(at, bytes));
    let (chargeback, payout) = (ChargebackId::new(at, bytes), PayoutId::new(at, bytes));
    let calls = [
        (call(&Call::OpenPayment { payment }), "open_payment:pay_"),
        (call(&Call::CancelPayment { payment }), "cancel_payment:pay_"),
        (call(&Call::SendRefund { refund }), "send_refund:rfd_"),
        (call(&Call::SendEvidence { chargeback }), "send_evidence:cbk_"),
        (
            payee_call(&payee::Call::SendPayout { payout }),
            "send_payout:pot_",
        ),
        (
            payee_call(&payee::Call::CancelPayout { payout }),
            "cancel_payout:pot_",
        ),
    ];
    let id = payment.to_string();
    let id = &id["pay_".len()..];
    for (call, start) in calls {
        let task = Task::call(call);
        assert_eq!(task.id(3), format!("{start}{id}:3"));
        assert_eq!(task.payload, "{}");
    }
}
