//! Tests of environment files.
