//! Links to the desk, each for one person and one use.
//!
//! The rule: only somebody who proved who they are gets one, in the refusal that a yes would have prevented; whoever merely wrote an
//! id down is told where the desk is and enters by a credential. What would defeat it: a link in a refusal that others can read, so
//! it stands in no receipt and no log.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::Site;
use crate::{
    consent::Consent,
    pass::{Door, NoPass, Pass, Passes, Room},
    refusal::Refusal,
    subject::{Standing, Subject},
};

/// Makes links to the desk.
#[derive(Debug)]
pub struct Invites {
    passes: Arc<Passes>,
    /// The desk's address, with a slash at its end.
    desk: Arc<str>,
    life: Duration,
}

/// A link to the desk.
pub struct Invitation {
    /// The address.
    pub url: String,
    /// When it can't be used any more.
    pub expires: Timestamp,
}

impl Invites {
    /// Links to this desk that can be used for so long.
    pub fn new(passes: Arc<Passes>, desk: impl Into<Arc<str>>, life: Duration) -> Self {
        Self { passes, desk: desk.into(), life }
    }

    /// One for this person, who was proven; `reference` is the ledger's.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn invite(
        &self,
        subject: &Subject,
        reference: Option<String>,
        room: Room,
    ) -> Result<Invitation, NoPass> {
        let life = SignedDuration::try_from(self.life).unwrap_or(SignedDuration::ZERO);
        let expires = Timestamp::now().checked_add(life).unwrap_or(Timestamp::MAX);
        let pass = Pass::new(subject, reference, expires)?;
        let token = self.passes.seal(Door::Link, &pass)?;
        let url = match room {
            Room::Desk => format!("{}enter/{token}", self.desk),
            // Behind `#`, which browsers send to nobody.
            Room::Panel => format!("{}panel#{token}", self.desk),
        };
        Ok(Invitation { url, expires: pass.until() })
    }
}

impl Site {
    /// The refusal, with a link in place of the desk's address for somebody who is proven. A route's own address stays.
    pub(super) fn inviting(&self, refusal: Refusal, subject: Option<&Subject>, consent: &Consent) -> Refusal {
        let proven = subject.filter(|subject| subject.standing() == Standing::Proven);
        let (Some(subject), Some(invites)) = (proven, self.invites()) else { return refusal };
        match refusal {
            Refusal::ConsentMissing { data, purposes, decide_at: Some(at) } if at == invites.desk => {
                let invitation = invites.invite(subject, consent.reference.clone(), Room::Desk);
                let decide_at = Some(invitation.map_or(at, |invitation| invitation.url.into()));
                Refusal::ConsentMissing { data, purposes, decide_at }
            }
            refusal => refusal,
        }
    }
}
