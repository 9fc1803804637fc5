//! Whether the service answers, and what of its files is exchanged while we serve.
//!
//! The rule: it answers if it gave an answer within `max_age`, to anybody's question; else whoever wants to know asks one about nobody.
//! So readiness neither follows single questions that fail, nor waits for people to come back whom it keeps away. What would
//! defeat it: many who look at a time, each with a question; so one asks and the others wait for that.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use super::{About, ConsentKey, LARGEST, Service, ServiceSettings, State, WebhookKey};
use crate::{
    ledger::{Ledger, LedgerError, LedgerSettings},
    subject::{Standing, Subject},
    tls::ClientTls,
};

/// About whom, and among which consents, is asked where only an answer matters.
const NOBODY: &str = "assentry-health";

/// When the service answered last.
#[derive(Default)]
pub(super) struct Health {
    answered: Mutex<Option<Instant>>,
    asking: tokio::sync::Mutex<()>,
}

/// The certificates and keys of an outside service, read anew.
pub struct ServiceFiles {
    tls: Option<ClientTls>,
    webhook: Option<WebhookKey>,
}

impl Health {
    /// It answered a question from this moment.
    pub(super) fn answered(&self, sent: Instant) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(sent);
    }

    fn newest(&self) -> Option<Instant> {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Whether it answers.
    async fn answers(&self) -> bool {
        let did = || self.health.newest().is_some_and(|sent| sent.elapsed() < self.max_age);
        if did() {
            return true;
        }
        let _alone = self.health.asking.lock().await;
        did()
            || self
                .asked_about_nobody()
                .await
                .inspect_err(|error| tracing::warn!(%error, "not ready"))
                .is_ok()
    }

    async fn asked_about_nobody(&self) -> Result<(), LedgerError> {
        let nobody = Subject::new(NOBODY, NOBODY, Standing::Claimed);
        let key = ConsentKey { subject: [0; 32], group: NOBODY.into() };
        let (state, _): (State, _) = self.put("consents", &About::new(&nobody, &key, false), LARGEST).await?;
        Ok(state.understood().map(drop)?)
    }
}

impl Ledger {
    /// Whether the outside service answers, within its time limit; true where there is none.
    pub async fn service_answers(&self) -> bool {
        match &self.0.service {
            Some(service) => service.answers().await,
            None => true,
        }
    }

    /// Reads the files of the outside service that these settings name anew; none where there is no service.
    ///
    /// # Errors
    /// When one of them can't be used.
    pub fn service_files(settings: &LedgerSettings) -> Result<Option<ServiceFiles>, LedgerError> {
        let Some((settings, _)) = settings.service()? else { return Ok(None) };
        let tls = settings.trust(&settings.place()?)?;
        Ok(Some(ServiceFiles { tls, webhook: webhook(settings)? }))
    }

    /// Asks the service, and hears its pushes, with these from now on.
    pub fn adopt(&self, files: ServiceFiles) {
        if let Some(service) = &self.0.service {
            service.client.renew(files.tls);
            service.webhook.store(files.webhook.map(Arc::new));
        }
    }
}

pub(super) fn webhook(settings: &ServiceSettings) -> Result<Option<WebhookKey>, LedgerError> {
    settings.webhook.as_ref().map(|webhook| WebhookKey::read(&webhook.key)).transpose()
}
