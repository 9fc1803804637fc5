//! The thin binary: parse arguments, run one verb, turn the outcome into an exit code.
fn main() {}
