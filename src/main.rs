//! The `bearcat` command.

fn main() {}
