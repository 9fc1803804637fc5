//! Outside detectors: services of the operator's that find in texts what ours don't.
//!
//! The rule: whoever needs an answer gets one about every text, or none at all and is told to refuse; unless the operator said that a
//! message may go on without. One that is only recorded goes on without, too, since nothing would be withheld from it. Questions are
//! asked at the same time, each within one time limit, and never more of them than may wait. What would defeat it: an error, a log
//! line or a metric with something of a text in it.

mod memory;
mod protocol;
mod settings;
mod unanswered;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::Instant,
};

use tokio::task::JoinSet;

use crate::{
    metrics::{Metrics, Questions},
    outside::{Client, NoAnswer, shown},
    policy::Inquiry,
    rewrite::asked::{Answer, Answers, Question, Told},
    text::Found,
};
use memory::Memory;
use protocol::{ANALYZE, Asking, Said};
pub use settings::{DetectorFault, DetectorSettings, OnFailure};
pub use unanswered::Unanswered;

/// The detectors of a configuration, by their names.
#[derive(Clone, Debug, Default)]
pub struct Detectors(Arc<BTreeMap<String, Arc<Detector>>>);

/// One of them.
struct Detector {
    name: String,
    client: Client,
    settings: DetectorSettings,
    memory: Memory,
    counts: Questions,
}

/// Some texts, and what was said about each.
type Asked = (Vec<Question>, Result<Vec<Vec<Found<Told>>>, NoAnswer>);

impl Detectors {
    /// Those of a configuration. Asks nobody.
    ///
    /// # Errors
    /// When one of them can't be used as it is; the text says what to do about it.
    pub fn new(
        settings: &BTreeMap<String, DetectorSettings>,
        metrics: &Metrics,
    ) -> Result<Self, DetectorFault> {
        let made = settings.iter().map(|(name, settings)| {
            let (client, counts) = (settings.client(name)?, metrics.questions(name));
            let (name, settings) = (name.clone(), settings.clone());
            let memory = Memory::of(settings.remember);
            let detector = Detector { name: name.clone(), client, settings, memory, counts };
            Ok((name, Arc::new(detector)))
        });
        Ok(Self(Arc::new(made.collect::<Result<_, _>>()?)))
    }

    /// The same, but those about which nothing is said otherwise than before go on, with their queues; not where files are named,
    /// which may hold something else by now.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        let goes_on = |new: Arc<Detector>| match before.0.get(&new.name) {
            Some(old) if old.settings == new.settings && new.settings.files().next().is_none() => {
                Arc::clone(old)
            }
            Some(_) | None => new,
        };
        let each = self.0.iter().map(|(name, new)| (name.clone(), goes_on(Arc::clone(new))));
        Self(Arc::new(each.collect()))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Asks, and notes what was said.
    ///
    /// # Errors
    /// When there is no answer about a text that must not go on without.
    pub async fn ask(&self, questions: Vec<Question>, answers: &mut Answers) -> Result<(), Unanswered> {
        let mut asking = JoinSet::new();
        for (inquiry, mut questions) in by_inquiry(questions) {
            let unknown = || Unanswered::Unknown(inquiry.detector.to_string());
            let detector = self.0.get(&*inquiry.detector).ok_or_else(unknown)?;
            questions.retain(|question| !detector.recalls(question, answers));
            while !questions.is_empty() {
                let rest = questions.split_off(detector.settings.batch.min(questions.len()));
                let (detector, inquiry) = (Arc::clone(detector), Arc::clone(&inquiry));
                let batch = std::mem::replace(&mut questions, rest);
                asking.spawn(async move {
                    let asked = detector.asked(batch, &inquiry).await;
                    (detector, asked)
                });
            }
        }
        // Whoever is not waited for any more is not asked any further: that ends with the set.
        while let Some(asked) = asking.join_next().await {
            let (detector, asked) = asked.map_err(|_| Unanswered::Broken)?;
            detector.learn(asked, answers)?;
        }
        Ok(())
    }
}

impl Detector {
    /// Whether it is known what the answer is, which is noted then.
    fn recalls(&self, question: &Question, answers: &mut Answers) -> bool {
        let known = self.memory.recall(&question.text, &question.inquiry);
        let Some(found) = known else { return false };
        answers.learn(question.clone(), Answer::Found(found));
        true
    }

    /// Asks one question.
    async fn asked(&self, questions: Vec<Question>, inquiry: &Inquiry) -> Asked {
        let begun = Instant::now();
        let texts: Vec<Arc<str>> = questions.iter().map(|question| Arc::clone(&question.text)).collect();
        let said = self.said(&texts, inquiry).await;
        self.counts.asked(begun.elapsed(), said.is_ok());
        if let Err(error) = &said {
            tracing::warn!(detector = self.name, %error, "an outside detector gave no answer");
        }
        (questions, said)
    }

    async fn said(&self, texts: &[Arc<str>], inquiry: &Inquiry) -> Result<Vec<Vec<Found<Told>>>, NoAnswer> {
        let least = self.settings.least();
        let words = Asking::new(texts, inquiry, &self.settings.language, least);
        let (said, _): (Said, _) = self.client.ask(ANALYZE, &words, protocol::largest(texts)).await?;
        said.understood(texts, inquiry, least)
    }

    fn learn(&self, (questions, said): Asked, answers: &mut Answers) -> Result<(), Unanswered> {
        let said = match said {
            Ok(said) => said,
            Err(why) => return self.do_without(questions, why, answers),
        };
        for (question, found) in questions.into_iter().zip(said) {
            self.memory.note(&question.text, &question.inquiry, &found);
            answers.learn(question, Answer::Found(found));
        }
        Ok(())
    }

    /// Notes that nothing was said, where it may go on like that.
    fn do_without(
        &self,
        questions: Vec<Question>,
        why: NoAnswer,
        answers: &mut Answers,
    ) -> Result<(), Unanswered> {
        let chosen = self.settings.on_failure == OnFailure::Pass;
        if !chosen && questions.iter().any(|question| question.must) {
            let (detector, url) = (self.name.clone(), shown(&self.settings.url));
            return Err(Unanswered::Asked { detector, url, texts: questions.len(), why });
        }
        for question in questions {
            self.counts.done_without();
            answers.learn(question, Answer::Nothing { chosen });
        }
        Ok(())
    }
}

/// Questions of one kind together, in the order in which they came.
fn by_inquiry(questions: Vec<Question>) -> Vec<(Arc<Inquiry>, Vec<Question>)> {
    let mut sorted: Vec<(Arc<Inquiry>, Vec<Question>)> = Vec::new();
    let mut places: HashMap<Arc<Inquiry>, usize> = HashMap::new();
    for question in questions {
        let place = *places.entry(Arc::clone(&question.inquiry)).or_insert(sorted.len());
        match sorted.get_mut(place) {
            Some((_, together)) => together.push(question),
            None => sorted.push((Arc::clone(&question.inquiry), vec![question])),
        }
    }
    sorted
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector").field("name", &self.name).finish_non_exhaustive()
    }
}
