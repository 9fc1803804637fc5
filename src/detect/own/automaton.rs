//! A pattern compiled, and how far it matches.
//!
//! The rule: the automaton is anchored where the candidate begins and knows all lengths that match. It goes from character to character,
//! each of which is one byte to it (`alphabet.rs`).

use std::sync::Arc;

use regex_automata::{
    Anchored, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    nfa::thompson::{self, WhichCaptures},
    util::{primitives::StateID, start},
};
use regex_syntax::hir::Hir;
use smallvec::SmallVec;

use super::{
    super::cursor::Cursor,
    alphabet::{self, Alphabet},
};

/// What a compiled pattern may take up, in bytes.
const LARGEST: usize = 1 << 20;

/// Where a match ends, and how many of its characters are ASCII letters and digits.
pub(super) type Ends = SmallVec<[(usize, usize); 4]>;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Automaton {
    dfa: Arc<dense::DFA<Vec<u32>>>,
    alphabet: Arc<Alphabet>,
    /// Where to begin behind a letter or digit, and where behind anything else.
    starts: [StateID; 2],
}

impl Automaton {
    /// Compiles it; nothing where it would be too large.
    pub fn new(hir: &Hir) -> Option<Self> {
        let alphabet = Alphabet::of(hir)?;
        let spelled = alphabet.spelled(hir);
        let config = thompson::Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(LARGEST));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(&spelled).ok()?;
        let config = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(4 * LARGEST));
        let dfa = dense::Builder::new().configure(config).build_from_nfa(&nfa).ok()?;
        let start = |before: u8| {
            let config = start::Config::new().anchored(Anchored::Yes).look_behind(Some(before));
            dfa.start_state(&config).ok()
        };
        let starts = [start(b' ')?, start(b'a')?];
        Some(Self { dfa: Arc::new(dfa), alphabet: Arc::new(alphabet), starts })
    }

    /// Whether a match can begin with this character.
    pub fn begins_with(&self, c: char) -> bool {
        let byte = self.alphabet.byte(c);
        self.starts.iter().any(|start| !self.dfa.is_dead_state(self.dfa.next_state(*start, byte)))
    }

    /// Where what begins at the cursor can end, the shortest first. The letters and digits that it steps over go to `compact`, capitals.
    pub fn ends(&self, cursor: &mut Cursor<'_>, compact: &mut SmallVec<[u8; 64]>) -> Ends {
        let dfa = &*self.dfa;
        let [after_other, after_word] = self.starts;
        let before = cursor.before();
        let is_escape = before.0.is_ascii_alphanumeric() && before.is_edge();
        let mut state = if alphabet::is_of_word(before.0) && !is_escape { after_word } else { after_other };
        let mut ends = Ends::new();
        loop {
            let next = cursor.peek();
            state = match next {
                Some(c) => dfa.next_state(state, self.alphabet.byte(c)),
                None => dfa.next_eoi_state(state),
            };
            // A match is known one step late.
            if dfa.is_match_state(state) {
                ends.push((cursor.at(), compact.len()));
            }
            let Some(c) = next.filter(|_| !dfa.is_dead_state(state)) else { return ends };
            cursor.next_if(|_| true);
            if c.is_ascii_alphanumeric() {
                compact.push(c.to_ascii_uppercase() as u8);
            }
        }
    }
}
