//! The chooser of exports: what is asked for, what is copied, what is said.

use super::fixture::{Stage, request};
use crate::app::effect::Effect;
use crate::app::msg::Msg;
use crate::app::state::Layer;
use crate::app::update::EXPORT_ROWS;
use crate::collection::export::resolve::EnvironmentVariable;
use crate::collection::export::{Exported, Format, TokenMode};

fn exported(stage: &mut Stage, keys: &str) -> Option<crate::app::effect::ExportOrder> {
    stage.press(keys).into_iter().find_map(|effect| match effect {
        Effect::Export(order) => Some(*order),
        _ => None,
    })
}

#[test]
fn the_selected_request_is_exported_as_what_is_chosen() {
    let mut stage = Stage::signed_in();
    let order = exported(&mut stage, "Y enter").unwrap();
    assert_eq!(order.requests, [request("orders.http", 0)]);
    assert_eq!((order.format, order.tokens), (Format::Curl, TokenMode::Placeholder));
    assert_eq!(order.title, "orders");
    assert!(stage.state().layers.is_empty());
    for (index, row) in EXPORT_ROWS.iter().enumerate() {
        let keys = format!("Y {}enter", "down ".repeat(index));
        let order = exported(&mut stage, &keys).unwrap();
        assert_eq!((order.format, order.tokens), (row.format, row.tokens));
    }
    assert_eq!(exported(&mut stage, "Y esc"), None);
}

#[test]
fn a_file_is_exported_whole() {
    let mut stage = Stage::signed_in();
    let order = exported(&mut stage, "up Y end enter").unwrap();
    assert_eq!(order.requests.len(), 6);
    assert_eq!(order.format, Format::Rust);
}

#[test]
fn the_export_is_copied_and_what_it_needs_is_said() {
    let mut stage = Stage::signed_in();
    stage.press("Y enter");
    let made = Exported {
        text: "curl".to_owned(),
        variables: vec![EnvironmentVariable { name: "TOKEN".to_owned(), meaning: String::new() }],
        ..Exported::default()
    };
    let effects = stage.tell(Msg::Exported { what: "curl command", result: Ok(Box::new(made.clone())) });
    assert!(matches!(effects.as_slice(), [Effect::Copy { what: "curl command", text }] if text.expose() == "curl"));
    stage.tell(Msg::Copied(Ok("curl command")));
    let notice = stage.state().notice.as_ref().unwrap();
    assert_eq!(notice.text, "Copied the curl command; set TOKEN before it runs");
    stage.tell(Msg::Copied(Ok("URL")));
    assert_eq!(stage.state().notice.as_ref().unwrap().text, "Copied the URL");

    let remarks = vec!["A secret stood there".to_owned()];
    stage.tell(Msg::Exported { what: "curl command", result: Ok(Box::new(Exported { remarks, ..made })) });
    assert!(
        matches!(stage.state().layers.last(), Some(Layer::Problem(problem)) if problem.detail.contains("A secret"))
    );
}
