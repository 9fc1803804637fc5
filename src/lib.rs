//! Assentry: a consent-enforcing TLS reverse proxy for chatbots.
//!
//! It stands between chat clients and any chatbot backend, knows what each person has agreed to, and strips, redacts
//! or replaces what consent and policy don't allow before the bot sees it. Start reading at [`exchange`]: one request,
//! top to bottom. Modules are listed from the highest floor to the lowest; each imports only from floors below it.

pub mod cli;
pub mod server;
pub mod upstream;

pub mod rewrite;
pub mod tls;

pub mod consent;
pub mod message;
pub mod quantity;
pub mod refusal;
pub mod subject;
