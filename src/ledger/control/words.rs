//! What can be asked of a running proxy, and how it answers: one request is one line of JSON, and so is its answer.
//!
//! The rule: typing an id proves nothing, so every subject here is claimed. What would defeat it: printing a request, which holds raw ids.

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::{Call, Outcome};
use crate::{
    consent::{Consent, Decision},
    ledger::{
        Erased, Joined, Ledger, LedgerError, Link, NewDecision, NewLink, Parted, Rewrapped, RightsRequest,
        Unheard,
    },
    subject::{Standing, Subject},
};

/// What the verbs ask. It holds a raw id, so it can't be printed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(in crate::ledger) enum Request {
    Decide { namespace: String, id: String, group: String, decision: NewDecision },
    History { namespace: String, id: String, group: String },
    Show { namespace: String, id: String, group: String },
    Forget { namespace: String, id: String, policy: Option<String>, source: String },
    Link { ids: [Id; 2], link: NewLink },
    Unlink { ids: [Id; 2], link: NewLink },
    Links(Id),
    Requests { open_only: bool },
    Finish { id: u64, how: String },
    Unheard { limit: u32 },
    Erase { subject: Id, source: String },
    Rewrap,
    Overtake,
    Reload,
}

/// An id, as it is asked about.
#[derive(Serialize, Deserialize)]
pub(in crate::ledger) struct Id {
    namespace: String,
    id: String,
}

impl Id {
    pub(in crate::ledger) fn of(subject: &Subject) -> Self {
        Self { namespace: subject.namespace().to_owned(), id: subject.id().to_owned() }
    }

    fn subject(self) -> Subject {
        Subject::new(self.namespace, self.id, Standing::Claimed)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::ledger) enum Answer {
    Decided(Decision),
    History(Vec<Decision>),
    Shown(Option<Consent>),
    Forgotten(Vec<String>),
    Linked(Joined),
    Unlinked(Parted),
    Links(Vec<Link>),
    Requests(Vec<RightsRequest>),
    Finished(Box<RightsRequest>),
    Unheard(Vec<Unheard>),
    Erased(Erased),
    Rewrapped(Rewrapped),
    Overtaken,
    Reloaded(Outcome),
    Failed(String),
}

impl Answer {
    /// It answers another question.
    pub(in crate::ledger) fn unexpected(self) -> LedgerError {
        match self {
            Self::Failed(why) => LedgerError::Refused(why),
            Self::Decided(_)
            | Self::History(_)
            | Self::Shown(_)
            | Self::Forgotten(_)
            | Self::Linked(_)
            | Self::Unlinked(_)
            | Self::Links(_)
            | Self::Requests(_)
            | Self::Finished(_)
            | Self::Unheard(_)
            | Self::Erased(_)
            | Self::Rewrapped(_)
            | Self::Overtaken
            | Self::Reloaded(_) => LedgerError::other_version(),
        }
    }
}

/// Does what was asked.
pub(super) async fn answer(ledger: &Ledger, reloads: &mpsc::Sender<Call>, request: Request) -> Answer {
    let claimed = |namespace: String, id: String| Subject::new(namespace, id, Standing::Claimed);
    let answered = match request {
        Request::Decide { namespace, id, group, decision } => {
            ledger.decide(&claimed(namespace, id), &group, decision).await.map(Answer::Decided)
        }
        Request::History { namespace, id, group } => {
            ledger.history(&claimed(namespace, id), &group).await.map(Answer::History)
        }
        Request::Show { namespace, id, group } => {
            ledger.show(&claimed(namespace, id), &group).await.map(Answer::Shown)
        }
        Request::Forget { namespace, id, policy, source } => ledger
            .forget_keys(&claimed(namespace, id), policy.as_deref(), &source)
            .await
            .map(Answer::Forgotten),
        Request::Link { ids: [one, other], link } => {
            ledger.link(&one.subject(), &other.subject(), link).await.map(Answer::Linked)
        }
        Request::Unlink { ids: [one, other], link } => {
            ledger.unlink(&one.subject(), &other.subject(), link).await.map(Answer::Unlinked)
        }
        Request::Links(id) => ledger.links(&id.subject()).await.map(Answer::Links),
        Request::Requests { open_only } => ledger.requests(open_only).await.map(Answer::Requests),
        Request::Finish { id, how } => {
            ledger.finish_request(id, &how).await.map(Box::new).map(Answer::Finished)
        }
        Request::Unheard { limit } => ledger.unheard(limit).await.map(Answer::Unheard),
        Request::Erase { subject, source } => {
            ledger.erase(&subject.subject(), &source).await.map(Answer::Erased)
        }
        Request::Rewrap => ledger.rewrap_keys().await.map(Answer::Rewrapped),
        Request::Overtake => {
            ledger.overtake_all();
            Ok(Answer::Overtaken)
        }
        Request::Reload => reload(reloads).await.map(Answer::Reloaded),
    };
    answered.unwrap_or_else(|error| Answer::Failed(error.to_string()))
}

async fn reload(reloads: &mpsc::Sender<Call>) -> Result<Outcome, LedgerError> {
    let (call, outcome) = oneshot::channel();
    let gone = || LedgerError::Unreachable("the running assentry is stopping".to_owned());
    reloads.send(Call(call)).await.map_err(|_| gone())?;
    outcome.await.map_err(|_| gone())
}
