//! The routes of a Next.js app: in the tree with their marks, sent at once, saved to a file.

use bearcat::app::state::{Layer, TreeRow};
use bearcat::collection::origin::Access;

use crate::stage::Setup;

const PING: &str = "export async function GET() { return Response.json({}) }\n";

/// An app whose own address is the demo's API: `/api/ping` answers there.
fn app() -> Setup {
    Setup::empty()
        .file("package.json", r#"{ "dependencies": { "next": "16.0.0" } }"#)
        .file(".env.local", "KINDE_SITE_URL=@API@\n")
        .file("app/api/ping/route.ts", PING)
        .file("app/api/orders/[id]/route.ts", "export const DELETE = () => {}\n")
        .file(
            "proxy.ts",
            "import { withAuth } from '@kinde-oss/kinde-auth-nextjs/middleware'\n\
             export default withAuth({ publicPaths: ['/api/ping'] })\n",
        )
}

#[test]
fn routes_are_seen_sent_and_saved() {
    let mut stage = app().start();
    stage.until("the routes", |state| state.workspace.as_ref().is_some_and(|workspace| !workspace.apps.is_empty()));
    stage.wait_for("routes (Next.js)");
    stage.wait_for("○");
    stage.select("/api/ping");
    let access = stage.wait("the selected route", |state| {
        let request = state.selected_request()?;
        Some(state.route(&request.id)?.access)
    });
    assert_eq!(access, Access::Public);
    assert_eq!(stage.send_request().status, 200);
    // It is read-only: what `F` writes is a normal file.
    stage.press("F");
    stage.until("where to", |state| matches!(state.layers.last(), Some(Layer::Keep(_))));
    stage.wait_for("Save to a file");
    stage.press("enter");
    stage.until("the saved request", |state| {
        state.selected_request().is_some_and(|request| request.id.file.ends_with("routes.http"))
    });
    let file = stage.home.path().join("workspace/routes.http");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("GET {{base}}/api/ping"), "{text}");
    assert!(text.contains("@base = http://127.0.0.1:"), "{text}");
    assert_eq!(stage.send_request().status, 200);
    // Once more, the whole collection: the file keeps what it has.
    stage.press("home");
    stage.until("the collection of routes", |state| {
        matches!(state.rows.get(state.selected_row), Some(TreeRow::Collection { .. }))
    });
    while !stage.see(|state| match state.rows.get(state.selected_row) {
        Some(TreeRow::Collection { index, .. }) => {
            state.workspace.as_ref().is_some_and(|workspace| workspace.collections[*index].is_read_only())
        }
        _ => false,
    }) {
        stage.press("down");
    }
    stage.press("F");
    stage.until("where to", |state| matches!(state.layers.last(), Some(Layer::Keep(_))));
    stage.press("enter");
    stage.until("all routes in the file", |state| {
        state.workspace.as_ref().is_some_and(|workspace| {
            workspace.collections.iter().any(|one| one.path.ends_with("routes.http") && one.requests.len() == 3)
        })
    });
    let more = std::fs::read_to_string(&file).unwrap();
    assert!(more.starts_with(&text), "{more}");
    stage.finish();
}

#[test]
fn a_changed_handler_is_read_again() {
    let mut stage = app().start();
    stage.until("the routes", |state| state.workspace.as_ref().is_some_and(|workspace| !workspace.apps.is_empty()));
    let handler = stage.home.path().join("workspace/app/api/ping/route.ts");
    std::fs::write(handler, format!("{PING}export const POST = GET\n")).unwrap();
    stage.press("R");
    stage.until("the new method", |state| {
        state.workspace.as_ref().is_some_and(|workspace| workspace.apps[0].routes.len() == 3)
    });
    stage.finish();
}
