//! Keys and signed tokens for tests; nothing here is compiled into bearcat.
