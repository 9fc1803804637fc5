//! Assentry: a consent-enforcing TLS reverse proxy for chatbots.
//!
//! It stands between chat clients and any chatbot backend, knows what each person has agreed to, and strips, redacts
//! or replaces what consent and policy don't allow before the bot sees it. Start reading at [`exchange`]: one request,
//! top to bottom. Modules are listed from the highest floor to the lowest; each imports only from floors below it.

pub mod cli;

pub mod server;

pub mod upstream;

pub mod receipts;

pub mod examples;

pub mod rewrite;

pub mod identify;

pub mod ledger;

pub mod tls;

pub mod signal;

pub mod policy;

pub mod selector;

pub mod json;

pub mod complaint;
pub mod consent;
pub mod cookie;
pub mod message;
pub mod quantity;
pub mod query;
pub mod refusal;
pub mod subject;
pub mod yaml;
