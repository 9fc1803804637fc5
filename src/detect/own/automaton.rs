//! A pattern compiled, and how far it matches.
//!
//! The rule: the automaton is anchored where the candidate begins and knows all lengths that match. Whether a word ends or begins at an
//! edge of the match is asked of the character there as it is meant, in any script.

use std::sync::Arc;

use regex_automata::{
    Anchored, MatchKind,
    dfa::{Automaton as _, StartKind, dense},
    nfa::thompson::{self, WhichCaptures},
    util::{primitives::StateID, start},
};
use regex_syntax::hir::Hir;
use smallvec::SmallVec;

use super::super::cursor::Cursor;

/// What a compiled pattern may take up, in bytes.
const LARGEST: usize = 1 << 20;

/// Where a match ends, and how many of its characters are ASCII letters and digits.
pub(super) type Ends = SmallVec<[(usize, usize); 4]>;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Automaton {
    dfa: Arc<dense::DFA<Vec<u32>>>,
    /// Where to begin behind a letter or digit, and where behind anything else.
    starts: [StateID; 2],
}

impl Automaton {
    /// Compiles it; nothing where it would be too large.
    pub fn new(hir: &Hir) -> Option<Self> {
        let config =
            thompson::Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(LARGEST));
        let nfa = thompson::Compiler::new().configure(config).build_from_hir(hir).ok()?;
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
        Some(Self { dfa: Arc::new(dfa), starts })
    }

    /// Whether a match can begin with a character that begins with this byte.
    pub fn begins_with(&self, byte: u8) -> bool {
        self.starts.iter().any(|start| !self.dfa.is_dead_state(self.dfa.next_state(*start, byte)))
    }

    /// Where what begins at the cursor can end, the shortest first. The letters and digits that it steps over go to `compact`, capitals.
    pub fn ends(&self, cursor: &mut Cursor<'_>, compact: &mut SmallVec<[u8; 64]>) -> Ends {
        let dfa = &*self.dfa;
        let [after_other, after_word] = self.starts;
        let before = cursor.before();
        let in_word = is_of_word(before.0) && !(before.0.is_ascii() && before.is_edge() && before.0 != '_');
        let mut state = if in_word { after_word } else { after_other };
        let mut ends = Ends::new();
        loop {
            let next = cursor.peek();
            let beyond = match next {
                Some(c) => dfa.next_state(state, if is_of_word(c) { b'a' } else { b' ' }),
                None => dfa.next_eoi_state(state),
            };
            // A match is known one step late.
            if dfa.is_match_state(beyond) {
                ends.push((cursor.at(), compact.len()));
            }
            let Some(c) = next else { return ends };
            state = c.encode_utf8(&mut [0; 4]).bytes().fold(state, |state, byte| dfa.next_state(state, byte));
            if dfa.is_dead_state(state) {
                return ends;
            }
            cursor.next_if(|_| true);
            if c.is_ascii_alphanumeric() {
                compact.push(c.to_ascii_uppercase() as u8);
            }
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
