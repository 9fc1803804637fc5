//! Assentry: a consent-enforcing TLS reverse proxy for chatbots.
//!
//! It stands between chat clients and any chatbot backend, knows what each person has agreed to, and strips, redacts
//! or replaces what consent and policy don't allow before the bot sees it. Start reading at [`exchange`]: one request,
//! top to bottom.
//!
//! Modules are listed from the highest floor to the lowest; each imports only from floors below it, and a test holds them to
//! that. `exchange` stands above `server` because the server is handed what answers a request and knows nothing of it.

pub mod cli;

pub mod reload;

pub mod config;

pub mod admin;

pub mod preview;

pub mod desk;

pub mod exchange;

pub mod route;

pub mod server;

pub mod upstream;

pub mod detectors;

pub mod figures;

pub mod receipts;

pub mod examples;

pub mod contrast;

pub mod rewrite;

pub mod identify;

pub mod ledger;

pub mod outside;

pub mod tls;

pub mod policy;

pub mod pseudonym;

pub mod detect;

pub mod signal;

pub mod profile;

pub mod selector;

pub mod json;

pub mod yaml;

pub mod metrics;

pub mod pass;

pub mod complaint;
pub mod consent;
pub mod cookie;
pub mod message;
pub mod origin;
pub mod quantity;
pub mod query;
pub mod refusal;
pub mod seal;
pub mod subject;
pub mod text;
