//! Kinds of a policy's own, with and without the built-in ones, as a policy is read.
#![no_main]

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use assentry::{
    complaint::Source,
    detect::{Detector, Kinds},
    policy::Policy,
};
use assentry_fuzz::{Case, hold, written};
use libfuzzer_sys::fuzz_target;

/// What policies are compiled to; nothing where one is refused.
type Compiled = HashMap<Vec<u8>, Option<Arc<Detector>>>;

/// How many are kept: one policy meets many texts, and compiling takes longer than searching.
const KEPT: usize = 256;

thread_local! {
    static COMPILED: RefCell<Compiled> = RefCell::default();
}

fn compiled(policy: &[u8]) -> Option<Arc<Detector>> {
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.entry(policy.to_vec()).or_insert_with(|| compile(&written(policy)).map(Arc::new)).clone()
    })
}

fn compile(text: &str) -> Option<Detector> {
    let policy = Policy::parse(Source::new("p.yaml", text)).ok()?;
    let own = policy.detection.tuning.own.kinds();
    Some(Detector::tuned(Kinds::all().union(own), Arc::clone(&policy.detection.tuning)))
}

// A byte says how many of the others are the policy; behind these come what is sought, how it is cut, and the text.
fuzz_target!(|bytes: &[u8]| {
    let Some((length, rest)) = bytes.split_first() else { return };
    let Some((policy, rest)) = rest.split_at_checked((*length).into()) else { return };
    let Some(detector) = compiled(policy) else { return };
    let own = detector.tuning().own.kinds();
    // Mostly what is new, and now and then that together with all that there is.
    let among = if length % 4 == 0 { detector.kinds() } else { own };
    if let Some(case) = Case::of(rest, among) {
        hold(&detector, &case);
    }
});
