//! The fail-closed table: one test for each row. What can't be decided is refused and leaves a receipt.

mod bodies;
mod bots;
mod identity;
mod json;
mod policy;
mod room;
mod routes;
mod slow;
