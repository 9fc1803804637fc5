//! The same removals the usual way: a tree, from which something is deleted, and which is written again.

use jsonpath_rust::{
    parser::model::JpQuery,
    query::{js_path_process, queryable::Queryable},
};
use serde_json::Value;

/// serde_json alone: read, remove by hand what the ten entries find, write.
pub fn round_trip(body: &[u8]) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(body).expect("a good body");
    remove(&mut value, "/user", &["email", "phone", "name"]);
    remove(&mut value, "/context/geo", &["lat", "lon"]);
    remove(&mut value, "/context/device", &["ip"]);
    remove(&mut value, "/context/loyalty", &["points"]);
    remove(&mut value, "/context", &["referrer"]);
    if let Some(purchases) = value.pointer_mut("/context/purchases").and_then(Value::as_array_mut) {
        for (n, purchase) in purchases.iter_mut().enumerate() {
            remove(purchase, "", if n == 0 { &["price"] } else { &["price", "sku"] });
        }
    }
    serde_json::to_vec(&value).expect("a value")
}

fn remove(value: &mut Value, pointer: &str, names: &[&str]) {
    if let Some(members) = value.pointer_mut(pointer).and_then(Value::as_object_mut) {
        for name in names {
            members.shift_remove(*name);
        }
    }
}

/// jsonpath-rust on a tree: every selector is asked, what it finds is deleted, the tree is written.
pub fn tree(body: &[u8], queries: &[JpQuery], selectors: &[String]) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(body).expect("a good body");
    for (query, selector) in queries.iter().zip(selectors) {
        let found = js_path_process(query, &value).expect("a good query").len();
        if found > 0 {
            value.delete_by_path(selector).expect("a good query");
        }
    }
    serde_json::to_vec(&value).expect("a value")
}
