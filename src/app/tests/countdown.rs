//! Tests of the time left.

use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;

use super::fixture::START;
use crate::app::countdown::{changes_in, time_left};

#[rstest]
#[case(86_399_000, Some("23h59m"))]
#[case(3_600_000, Some("1h00m"))]
#[case(3_599_999, Some("59m"))]
#[case(600_000, Some("10m"))]
#[case(599_999, Some("9m59s"))]
#[case(61_000, Some("1m01s"))]
#[case(59_000, Some("59s"))]
#[case(1, Some("0s"))]
#[case(0, None)]
#[case(-5, None)]
fn the_time_left_in_words(#[case] millis: i64, #[case] words: Option<&str>) {
    let until = crate::model::time::Timestamp::from_millis(START.millis() + millis);
    assert_eq!(time_left(START, until).as_deref(), words);
}

proptest! {
    #[test]
    fn the_words_stay_until_they_are_said_to_change(millis in 1_u64..200_000_000) {
        let until = START.plus(Duration::from_millis(millis));
        let wait = changes_in(START, until).unwrap();
        let just_before = START.plus(wait.checked_sub(Duration::from_millis(1)).unwrap());
        prop_assert_eq!(time_left(START, until), time_left(just_before, until).or_else(|| time_left(START, until)));
        prop_assert_ne!(time_left(START, until), time_left(START.plus(wait), until));
    }
}
