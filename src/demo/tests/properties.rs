//! What comes from outside never makes the demo panic.

use proptest::prelude::*;

use crate::demo::api::nextjs::session;
use crate::demo::jwt;
use crate::demo::params::Params;

proptest! {
    #[test]
    fn any_text_can_be_parsed_as_a_token(text in "\\PC*|[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,4}") {
        if let Ok(parsed) = jwt::parse(&text) {
            prop_assert!(parsed.verify_signature(&[]).is_err());
        }
    }

    #[test]
    fn any_bytes_can_be_parsed_as_a_form(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let params = Params::parse(&bytes);
        let _ = (params.repeated(), params.list("audience"), params.without_secrets().count());
    }

    #[test]
    fn pieces_of_a_token_make_the_token(token in "[A-Za-z0-9._-]{0,10000}") {
        let pieces = session::pieces(&token);
        prop_assert!(pieces.iter().all(|piece| piece.len() <= 3_000));
        prop_assert_eq!(pieces.concat(), token);
    }
}
