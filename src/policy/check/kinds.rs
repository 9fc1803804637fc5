//! What is said about kinds that nobody seeks.

use crate::{
    complaint::Complaint,
    detect::Kinds,
    policy::{Data, Policy, detection::How},
};

/// Own kinds that no entry names, and outside detectors that are asked in vain.
pub(super) fn warnings(policy: &Policy) -> Vec<Complaint> {
    let sought = |data: &Data| data.in_text.union(data.in_replies);
    let sought: Kinds = policy.data.iter().map(sought).collect();
    let detection = &policy.detection;
    let own = detection.own.iter().filter(|own| !own.kinds.meets(sought)).map(|own| {
        let what = match own.how {
            How::Pattern(_) => format!("no data entry seeks `{}` in texts", own.name),
            How::Asked(_) => {
                format!("no data entry seeks `{}` in texts, so nobody is asked for it", own.name)
            }
        };
        Complaint::warning(what, own.place.clone(), "name it in an `in_text`, or remove it")
    });
    let supplements = detection.supplements.iter().filter(|asked| !asked.kinds.meets(sought)).map(|asked| {
        let name = detection.names().first(asked.kinds);
        let what = format!("no data entry seeks `{name}` in texts, so nobody is asked for it");
        Complaint::warning(what, asked.place.clone(), "name it in an `in_text`, or remove this")
    });
    own.chain(supplements).collect()
}
