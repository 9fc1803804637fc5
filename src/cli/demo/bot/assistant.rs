//! What the assistant of the demo's page says: no language model, only an answer from what it was shown.
//!
//! The rule: it knows nothing but the body it got, so that the same question is answered otherwise when less of it arrives.

use serde_json::Value;

/// The answer to a body.
pub(super) fn reply(saw: &Value) -> String {
    let text = saw.get("text").and_then(Value::as_str).unwrap_or_default();
    let asks = |words: &[&str]| words.iter().any(|word| text.to_lowercase().contains(word));
    if let Some(address) = address(text) {
        noted(address)
    } else if asks(&["where", "shop", "near", "try"]) {
        place(saw)
    } else if asks(&["who", "know about me", "my number"]) {
        known(saw)
    } else {
        suggestion(saw)
    }
}

fn suggestion(saw: &Value) -> String {
    match saw.pointer("/context/purchases/0/title").and_then(Value::as_str) {
        Some(bought) => format!(
            "You bought {bought} from us, so I start from there: the Ridge 3 comes in the same last and size."
        ),
        None => "I don’t know what you bought before, so I start with what most people like: the Ridge 3. Which size do you wear?".to_owned(),
    }
}

fn place(saw: &Value) -> String {
    let [lat, lon] = ["lat", "lon"].map(|name| saw.pointer(&format!("/context/geo/{name}")));
    let (Some(lat), Some(lon)) = (lat, lon) else {
        return "I don’t know where you are. Which town is it?".to_owned();
    };
    let decimals = lat.to_string().split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match decimals {
        0..=1 => format!(
            "You are somewhere around {lat}, {lon}; that is a whole town to me. Shall I list all its shops?"
        ),
        _ => format!("You stand at {lat}, {lon}. The nearest shop is five minutes on foot."),
    }
}

fn noted(address: &str) -> String {
    match address.contains('@') {
        true => format!("I wrote down {address} and will write to you."),
        false => {
            format!("I wrote down {address}. You read your address there; all I have is a token for it.")
        }
    }
}

fn known(saw: &Value) -> String {
    let said = |name: &str| saw.get(name).and_then(Value::as_str).unwrap_or("nothing").to_owned();
    format!("For me you are customer {}, and your address reads {}.", said("customer_id"), said("email"))
}

/// What stands after “to” in a text, if it has a `-` or an `@`: an address, or the token for one.
fn address(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    words.find(|word| word.eq_ignore_ascii_case("to"))?;
    let word = words.next()?.trim_end_matches([',', '.', '!', '?']);
    word.contains(['@', '-']).then_some(word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_says_less_when_it_sees_less() {
        let asked = |text: &str, context: Value| reply(&json!({"text": text, "context": context}));
        let bought = json!({"purchases": [{"title": "Trail shoe 42"}]});
        assert!(asked("Which shoes fit me?", bought).contains("Trail shoe 42"));
        assert!(asked("Which shoes fit me?", json!({})).contains("don’t know what you bought"));
        let geo = |lat: f64, lon: f64| json!({"geo": {"lat": lat, "lon": lon}});
        assert!(asked("Where can I try them on?", geo(52.5243, 13.4105)).contains("five minutes"));
        assert!(asked("Where can I try them on?", geo(52.5, 13.4)).contains("a whole town"));
        assert!(asked("Where can I try them on?", json!({})).contains("Which town"));
        assert!(asked("Write to alice@example.com, please", json!({})).contains("will write to you"));
        assert!(asked("Write to psn-email-Kx7a9QzT, please", json!({})).contains("a token for it"));
        assert!(reply(&json!({"text": "Who am I?", "customer_id": "C-1"})).contains("customer C-1"));
        assert!(reply(&Value::Null).contains("Ridge 3"));
    }
}
