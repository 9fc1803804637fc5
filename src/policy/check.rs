//! What a policy's author will not have meant.
//!
//! The rule: a warning is about something that makes no difference to any request, whoever sends it and whatever they
//! decided; so a warning is never a matter of taste, and what is warned about can be removed without changing what the bot
//! gets. Only what follows from purposes and data is found here; what the examples show is found by running them.

mod cover;
mod ground;
mod kinds;

use super::{Policy, Purpose, Serves, action::Action};
use crate::complaint::{Complaint, Listed};
use ground::Ground;

/// What its author will not have meant, in the order of the file.
pub fn warnings(policy: &Policy) -> Vec<Complaint> {
    let ground = Ground::of(policy);
    let mut complaints = purposes(policy, &ground);
    complaints.extend(lists(policy, &ground));
    complaints.extend(cover::warnings(policy, &ground));
    complaints.extend(kinds::warnings(policy));
    complaints.sort_by_key(|complaint| complaint.place.start);
    complaints
}

/// Purposes that nothing serves, and purposes about which people decide in vain.
fn purposes(policy: &Policy, ground: &Ground) -> Vec<Complaint> {
    let complaint = |(n, purpose): (usize, &Purpose)| {
        let bit = 1u128.checked_shl(u32::try_from(n).ok()?)?;
        if !policy.data.iter().any(|data| data.serves.bits() & bit != 0) {
            return Some(Complaint::warning(
                format!("no data entry serves the purpose `{}`", purpose.name),
                purpose.place.clone(),
                "name it in a `for`, or remove it",
            ));
        }
        let decides =
            |data: &super::Data| data.otherwise != Action::Keep && ground.turns_on(data.serves, bit);
        if ground.is_decided_by_people(bit) && !policy.data.iter().any(decides) {
            return Some(Complaint::warning(
                format!("whatever people decide about `{}`, the bot gets the same", purpose.name),
                purpose.place.clone(),
                "every entry that serves it passes anyway, or is kept; don't ask people about it",
            ));
        }
        None
    };
    policy.purposes.iter().enumerate().filter_map(complaint).collect()
}

/// Lists of purposes, any of which is enough, with one that is always allowed.
fn lists(policy: &Policy, ground: &Ground) -> Vec<Complaint> {
    let complaint = |data: &super::Data| {
        let Serves::Any(bits) = data.serves else { return None };
        let always = ground.strongest(bits)?;
        let always = policy.purposes.get(always)?;
        let others: Vec<&str> = data
            .serves
            .purposes()
            .filter_map(|n| policy.purposes.get(n))
            .filter(|purpose| purpose.name != always.name)
            .map(|purpose| &*purpose.name)
            .collect();
        if others.is_empty() {
            return None;
        }
        Some(Complaint::warning(
            format!("`{}` passes for `{}` whatever people decide", data.name, always.name),
            data.for_place.clone(),
            format!(
                "`{}` rests on `{}`, so naming {} here changes nothing; keep one or the other, or write `all`",
                always.name,
                always.basis.as_str(),
                Listed(&others)
            ),
        ))
    };
    policy.data.iter().filter_map(complaint).collect()
}

#[cfg(test)]
mod tests;
