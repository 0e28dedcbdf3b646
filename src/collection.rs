//! Reading requests and environments: lossless `.http` trees, environment files, `.env` files, the workspace.
//!
//! Everything is text in, data and problems out, and never fails: what cannot be understood is kept with its
//! bytes and reported with file, line and column, and the rest still loads. Only [`scan`] and
//! [`nextjs::scan`] touch the disk.
//! Called by the shell and the commands to load, by `app` and `http/plan` to use.

pub mod copy;
pub mod detected;
pub mod directive;
pub mod dotenv;
pub mod draft;
pub mod edit;
pub mod environment;
pub mod export;
pub mod file;
pub mod import;
pub mod inspect;
pub mod lines;
pub mod nextjs;
pub mod origin;
pub mod request_line;
pub mod scan;
pub mod scope;
pub mod workspace;
pub mod writer;
