//! What a policy's author will not have meant.
