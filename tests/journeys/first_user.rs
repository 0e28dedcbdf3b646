//! The first user's story: a Next.js project behind Kinde, no session, three routes that refuse in three ways. Each is
//! sent with Enter, and the cause stands on the screen.

use bearcat::app::state::{Layer, TreeRow};
use bearcat::demo::directory::{AUDIENCE, DEVICE_CLIENT};
use bearcat::model::request::TokenCarrier;

use crate::stage::{Answer, Setup, Stage};

/// Verifies with the client secret, as the user's own route did.
const HANDLER: &str = "import jwt from 'jsonwebtoken';\n\
    export async function GET(request) {\n\
    \x20 const token = request.headers.get('authorization')?.slice(7);\n\
    \x20 return Response.json(jwt.verify(token, process.env.KINDE_CLIENT_SECRET));\n\
    }\n";

/// A project as the user has it: the SDK's variables in `.env.local`, the middleware, two routes, and the requests that he
/// brought along. Nobody is signed in.
fn project() -> Setup {
    let environment = format!(
        "KINDE_ISSUER_URL=@ISSUER@\nKINDE_SITE_URL=@API@\nKINDE_CLIENT_ID={}\nKINDE_CLIENT_SECRET=of-the-back-end-app\n\
         KINDE_AUDIENCE={AUDIENCE}\n",
        DEVICE_CLIENT.id
    );
    Setup::empty()
        .manual_clock()
        .file("package.json", r#"{ "dependencies": { "next": "16.0.0", "@kinde-oss/kinde-auth-nextjs": "2.13.1" } }"#)
        .file(".env.local", &environment)
        .file(
            "proxy.ts",
            "import { withAuth } from '@kinde-oss/kinde-auth-nextjs/middleware'\n\
             export default withAuth({ publicPaths: ['/seed'] })\n",
        )
        .file("app/seed/orders/route.ts", HANDLER)
        .file("app/next213/api/v1/orders/route.ts", "export async function GET() { return Response.json([]) }\n")
        .file("api.http", "### my orders\nGET @API@/next213/api/v1/orders\n")
}

/// Selects a route, and waits for the answer to Enter; the first time that signs in, by the device code.
fn first_answer(stage: &mut Stage, route: &str) -> Answer {
    stage.until("the routes", |state| state.rows.iter().any(|row| matches!(row, TreeRow::Request(_))));
    stage.select(route);
    stage.press("enter");
    stage.wait_for("approve");
    stage.approve();
    // The request waited for the sign-in, and goes out by itself.
    stage.response()
}

#[test]
fn a_route_behind_the_middleware_is_explained() {
    let mut stage = project().start();
    let answer = first_answer(&mut stage, "my orders");
    assert_eq!(answer.status, 307);
    assert!(answer.carried_a_token());
    assert_eq!(answer.findings.first(), Some(&"nextjs-cookies-only"), "{:?}", answer.findings);
    // The note beside the response says why in a line, and names the keys.
    let screen = stage.wait_for("307");
    assert!(screen.contains("reads cookies") && screen.contains("never looked"), "{screen}");
    assert!(screen.contains("w why") && screen.contains("c cookie mode"), "{screen}");
    stage.press("w");
    let screen = stage.wait_for("publicPaths");
    assert!(screen.contains("307 Temporary Redirect to /api/auth/login"), "{screen}");
    assert!(screen.contains("certain") && screen.contains("s code"), "{screen}");
    // The code to put into the route, and how to leave it.
    stage.press("s");
    stage.wait_for("createRemoteJWKSet");
    stage.press("esc esc");
    stage.until("the main screen", |state| state.layers.is_empty());
    stage.finish();
}

#[test]
fn a_route_that_verifies_with_the_client_secret_is_explained() {
    let mut stage = project().start();
    let answer = first_answer(&mut stage, "/seed/orders");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.findings.first(), Some(&"api-verifies-wrongly"), "{:?}", answer.findings);
    let screen = stage.wait_for("401");
    assert!(screen.contains("verifies it wrongly"), "{screen}");
    stage.press("w");
    let screen = stage.wait_for("Verify with the issuer's public keys");
    assert!(screen.contains("client secret"), "{screen}");
    assert!(screen.contains("Invalid token"), "what the API said:\n{screen}");
    stage.finish();
}

/// Bearcat has read the middleware, so the route it found goes with cookies by itself. Without them it is refused, as by
/// every other client, and the causes say so.
#[test]
fn a_route_that_takes_cookies_only_works_with_them_and_is_explained_without() {
    let mut stage = project().start();
    let answer = first_answer(&mut stage, "/next213/api/v1/orders");
    assert_eq!((answer.status, answer.findings.as_slice()), (200, [].as_slice()));
    assert_eq!(answer.exchange.token.as_ref().unwrap().carrier, TokenCarrier::Cookie);
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("c");
    let answer = stage.answer_after(run);
    assert_eq!((answer.status, answer.findings.first()), (307, Some(&"nextjs-cookies-only")));
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("w");
    stage.until("the causes", |state| matches!(state.layers.last(), Some(Layer::Why(_))));
    // `c` in the causes closes them and sends again.
    stage.press("c");
    assert_eq!(stage.answer_after(run).status, 200);
    // A route that was found in sources has no file: this is said, with the key that makes one.
    let screen = stage.wait_for("200 OK");
    assert!(screen.contains("Cookie mode until bearcat ends"), "{screen}");
    stage.finish();
}

/// In a file the choice is written down, and saved when the user saves.
#[test]
fn cookie_mode_is_remembered_in_a_file() {
    let text = "### orders\n# @auth jane\nGET @API@/next213/api/v1/orders\n";
    let mut stage = Setup::requests(text).manual_clock().start();
    let file = stage.home.path().join("workspace/journey.http");
    let before = std::fs::read_to_string(&file).unwrap();
    stage.select("orders");
    stage.sign_in();
    assert_eq!(stage.send_request().status, 307);
    let run = stage.see(|state| state.current_run().map(|run| run.id));
    stage.press("c");
    assert_eq!(stage.answer_after(run).status, 200);
    stage.wait_for("# @auth jane cookie");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before, "not saved yet");
    stage.press("s");
    stage.until("saved", |state| state.documents.unsaved().next().is_none());
    let saved = std::fs::read_to_string(&file).unwrap();
    assert_eq!(saved, before.replace("# @auth jane\n", "# @auth jane cookie\n"));
    stage.finish();
}
