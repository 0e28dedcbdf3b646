//! The cookies of an environment.

use super::fixture::Stage;
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::state::Layer;
use crate::model::cookie::{CookieId, CookieView};

fn cookie(name: &str) -> CookieView {
    CookieView {
        id: CookieId { domain: "api.example".to_owned(), path: "/".to_owned(), name: name.to_owned() },
        shown_value: "1".to_owned(),
        host_only: true,
        expires: None,
        flags: Vec::new(),
    }
}

fn listed(environment: &str, names: &[&str]) -> Msg {
    let cookies = names.iter().map(|name| cookie(name)).collect();
    Msg::CookiesListed { environment: Some(environment.to_owned()), cookies }
}

fn shown(stage: &Stage) -> Option<(usize, usize)> {
    match stage.state().layers.last() {
        Some(Layer::Cookies { cookies: Some(cookies), selected }) => Some((cookies.len(), *selected)),
        _ => None,
    }
}

#[test]
fn cookies_are_listed_deleted_and_cleared() {
    let mut stage = Stage::signed_in();
    let environment = || Some("dev".to_owned());
    assert_eq!(stage.press("C"), [Effect::ListCookies { environment: environment() }]);
    assert_eq!(stage.press("d"), [], "nothing is known yet");
    stage.tell(listed("prod", &["other"]));
    assert_eq!(shown(&stage), None, "another jar");
    stage.tell(listed("dev", &["a", "b"]));
    stage.press("down");
    assert_eq!(shown(&stage), Some((2, 1)));
    let expected = Effect::DeleteCookie { environment: environment(), cookie: cookie("b").id };
    assert_eq!(stage.press("d"), [expected]);
    stage.tell(listed("dev", &["a"]));
    assert_eq!(shown(&stage), Some((1, 0)));
    assert_eq!(stage.press("X"), [Effect::ClearCookies { environment: environment() }]);
    stage.tell(listed("dev", &[]));
    assert_eq!(stage.press("d down esc"), []);
    assert!(stage.state().layers.is_empty());
}
