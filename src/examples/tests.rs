use super::*;

const HEAD: &str = "policy: p
version: 1
undeclared: forward
purposes:
  ads: {title: A, basis: consent, notice: n2, expires: 10d}
  stats: {title: S, basis: legitimate-interests, objections: [gpc, {tcf: 4}, {gpp: SaleOptOut}]}
data:
  bought: {at: $.bought, for: ads}
  where: {at: [$.lat, 'header:X-Lat', 'form:lat'], for: ads, otherwise: {generalise: {decimals: 1}}}
  who: {at: [$.id, 'cookie:id', 'query:id', 'path:id'], otherwise: hash}
  from: {at: 'header:referer', for: stats}
  pin: {at: $..pin, otherwise: refuse}
examples:
";

fn stage(examples: &str) -> Stage {
    stage_of(&format!("{HEAD}{examples}"))
}

fn stage_of(text: &str) -> Stage {
    let policy = Policy::parse(Source::new("p.yaml", text)).unwrap_or_else(|no| panic!("{}", no.show(false)));
    Stage::new(policy)
}

#[test]
fn an_example_holds_when_everything_that_is_left_is_what_its_author_wrote() {
    let stage = stage(
        "
  - name: nobody was asked
    to_bot: {body: {text: hi, bought: [1], lat: 52.52, id: 7}, headers: {X-Lat: 52.52}}
    becomes: {headers: {x-lat: 52.5}, body: {id: '[hash]', lat: 52.5, text: hi}}
  - name: a yes lets pass
    consents: {ads: grant}
    to_bot: {body: {bought: [1]}}
    becomes: {body: {bought: [1]}}
  - name: a yes expires
    consents: {ads: grant}
    decided_ago: 10d
    to_bot: {body: {bought: [1]}}
    becomes: {body: {}}
  - name: a yes is taken back
    consents: {ads: withdraw}
    to_bot: {body: {bought: [1]}}
    becomes: {body: {}}
  - name: a restriction stops what a yes allowed
    consents: {ads: grant}
    restricted: true
    to_bot: {body: {bought: [1]}}
    becomes: {body: {}}
  - name: a signal objects
    to_bot: {headers: {Sec-GPC: 1, Referer: 'https://example.com/'}}
    becomes: {}
  - name: so does one that the author names
    signals: {gpc: true}
    to_bot: {headers: {Referer: 'https://example.com/'}}
    becomes: {}
  - name: a string without consent to the purpose objects
    signals: {tcf: COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA}
    to_bot: {headers: {Referer: 'https://example.com/'}}
    becomes: {}
  - name: of two strings one that objects is enough
    signals: {gpc: false, gpp: [DBABBg~BVqqqqpY, DBABBg~BVVVVVVY]}
    to_bot: {headers: {Referer: 'https://example.com/'}}
    becomes: {}
  - name: a string that nobody can read objects
    signals: {gpp: nonsense}
    to_bot: {headers: {Referer: 'https://example.com/'}}
    becomes: {}
  - name: one that says nothing does not
    signals: {gpp: DBABBg~BVqqqqpY}
    to_bot: {headers: {Referer: 'https://example.com/'}}
    becomes: {headers: {referer: 'https://example.com/'}}
  - name: nothing objects
    to_bot: {headers: {Referer: 'https://example.com/'}}
    becomes: {headers: {referer: 'https://example.com/'}}
  - name: fields beside the body
    to_bot: {cookies: {a: 1, id: x}, query: {id: [x, y], q: 'a b&c'}, path: {id: a/b, page: 1}}
    becomes: {cookies: {a: 1, id: '[hash]'}, query: {q: 'a b&c', id: ['[hash]', '[hash]']}, path: {id: '[hash]', page: 1}}
  - name: a form
    to_bot: {form: {lat: 52.52, note: 'é +&='}}
    becomes: {form: {lat: 52.5, note: 'é +&='}}
  - name: a pin anywhere
    to_bot: {body: {a: [{pin: 1}]}}
    refused: true
",
    );
    for trial in stage.run() {
        assert!(trial.holds(), "{}", trial.show(&stage.policy().source, false));
    }
}

#[test]
fn an_example_that_fails_says_where_and_what_came_out() {
    let stage = stage(
        "
  - name: bought and lat
    to_bot: {body: {text: hi, bought: [1], lat: 52.52, more: [1, {a: 2}]}, headers: {referer: x}}
    becomes: {body: {text: hi, bought: [1], lat: 52.52, more: [1, {a: 3}], new: true}}
  - name: should be refused
    to_bot: {body: {}}
    refused: true
  - name: should not be refused
    to_bot: {body: {pin: 1}}
    becomes: {body: {}}
  - name: refused for another reason
    to_bot: {body: {pin: 1}, headers: {content-type: text/plain}}
    refused: true
  - name: no such request
    to_bot: {headers: {a: \"x\\ny\"}}
    becomes: {}
",
    );
    let shown: Vec<String> =
        stage.run().iter().map(|trial| trial.show(&stage.policy().source, false)).collect();
    insta::assert_snapshot!(shown.join("\n\n"));
}

#[test]
fn examples_prove_an_entry_only_when_they_notice_that_it_is_broken() {
    let mut stage = stage(
        "
  - name: a yes
    consents: {ads: grant}
    to_bot: {body: {bought: [1], text: hi}}
    becomes: {body: {bought: [1], text: hi}}
  - name: no yes
    to_bot: {body: {bought: [1]}}
    becomes: {body: {}}
  - name: as coarse as it can get
    to_bot: {body: {lat: 52.5}}
    becomes: {body: {lat: 52.5}}
  - name: nothing that is named
    to_bot: {body: {text: hi}}
    becomes: {body: {text: hi}}
  - name: a pin
    to_bot: {body: {pin: 1}}
    refused: true
  - name: this one fails
    to_bot: {headers: {referer: x}}
    becomes: {}
",
    );
    let proof = stage.prove();
    let shown: Vec<(bool, bool)> = proof.entries.iter().map(|shown| (shown.acting, shown.passing)).collect();
    assert_eq!(shown, [(true, true), (false, false), (false, false), (false, false), (true, false)]);
    assert_eq!(proof.idle, [2, 3]);
    assert!(proof.undeclared);
    let policy = stage.policy();
    let warnings: Vec<String> =
        proof.warnings(policy).iter().map(|complaint| policy.source.show(complaint, false)).collect();
    insta::assert_snapshot!(warnings.join("\n\n"));
}

#[test]
fn what_is_undeclared_and_what_is_kept_are_proven_in_their_own_way() {
    let mut stage = stage_of(
        "policy: p
version: 1
undeclared: drop
data:
  text: {at: $.text, otherwise: keep}
examples:
  - name: only the text passes
    to_bot: {body: {text: hi, more: 1}}
    becomes: {body: {text: hi}}
",
    );
    let proof = stage.prove();
    assert_eq!(proof.entries, [Shown { acting: true, passing: false }]);
    assert!(proof.undeclared && proof.idle.is_empty());
}
